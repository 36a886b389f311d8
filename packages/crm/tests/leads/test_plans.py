"""Lists stay quick however long they grow: the plans of the statements that the list really sends, not their times."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import msgspec
import pytest

from crm.kernel.app_context import AppContext
from crm.kernel.db import Connection
from crm.kernel.http.list_totals import Total
from crm.records import leads

ROWS = 20_000
CHUNK = 2000
MAKE = """
INSERT INTO leads (reference, title, name, email, company, message, channel, status, lost_reason, value, next_action,
                   next_action_on, owner_id, received_at, status_at, created_at, updated_at)
SELECT 'P-' || n, CASE WHEN n % 4000 = 1 THEN 'A pin ' || n ELSE '' END, 'Person ' || n, 'p' || n || '@example.org',
       'Company ' || n % 500,
       repeat('common words only ', 20) || CASE WHEN n % 4000 = 0 THEN 'and a needle' ELSE '' END, 'api',
       CASE WHEN n % 500 = 0 THEN 'qualified'
            ELSE (ARRAY['new', 'contacted', 'proposal', 'won', 'lost'])[1 + n % 5] END, 'too late', n * 7919 % 50000,
       CASE WHEN stepped THEN 'Step ' || n % 40 ELSE '' END, CASE WHEN stepped THEN current_date + n::int % 40 END,
       CASE WHEN n % 10 = 3 THEN (SELECT min(id) FROM users) END,
       now(), now(), now() - n * interval '1 minute', now() - n * 7919 % 20000 * interval '1 minute'
FROM generate_series($1::bigint, $2) AS n, LATERAL (SELECT n % 5 IN (1, 2) AND n % 500 > 20 AS stepped) AS x
"""
ADD_USER = """
INSERT INTO users (email, name, password_hash, role, created_at, updated_at)
VALUES ('ada@plans.test', 'Ada', 'x', 'member', now(), now())
"""
Asked = Callable[[leads.LeadFilter], Awaitable[list[str]]]


@pytest.fixture(scope="module")
async def many(context: AppContext) -> AsyncIterator[Connection]:
    """A connection that sees many leads, vacuumed as those of a running system. Every test only reads them."""
    async with context.db.connection() as conn:
        try:
            # What other tests have deleted leaves empty pages in the indexes, which the planner counts.
            await conn.execute(f"TRUNCATE leads CASCADE; {ADD_USER}")
            for first in range(1, ROWS, CHUNK):
                await conn.execute(MAKE, first, first + CHUNK - 1)
            await conn.execute("VACUUM (ANALYZE) leads")
            await conn.execute("VACUUM (ANALYZE) search_leads")
            yield conn
        finally:
            await conn.execute("TRUNCATE leads CASCADE; DELETE FROM users")


@pytest.fixture
async def plans(many: Connection) -> AsyncIterator[Asked]:
    """`await plans(ask)` gives, for each statement the list sends, the kinds of its nodes and the indexes they use."""

    async def explain(ask: leads.LeadFilter) -> list[str]:
        sent: list[tuple[str, tuple[Any, ...]]] = []
        with many.query_logger(lambda record: sent.append((record.query, record.args))):
            page = await leads.RECORD.list_page(many, ask)
            await asyncio.sleep(0)  # The log gets the statement in the loop's next round.
        assert page.data, "A plan says nothing where no row is found."
        plans_found = []
        for query, values in sent:
            if query.lstrip().startswith("SELECT") and "FROM leads" in query:
                plan = await many.fetchval(f"EXPLAIN (FORMAT json) {query}", *values)
                plans_found.append(" ".join(nodes(msgspec.json.decode(plan)[0]["Plan"])))
        return plans_found

    yield explain


def nodes(plan: dict[str, Any]) -> list[str]:
    inside = [name for part in plan.get("Plans", []) for name in nodes(part)]
    return [plan["Node Type"].replace(" ", ""), plan.get("Index Name", ""), *inside]


@pytest.mark.parametrize(
    ("sort", "index"),
    [
        ("created_at", "leads_newest"),
        ("updated_at", "leads_by_update"),
        ("name", "leads_by_name_key"),
        ("value", "leads_by_amount"),
        ("title", "leads_by_title_key"),
        ("next_action_on", "leads_by_next_action"),
    ],
)
async def test_each_sort_walks_its_index_both_ways_and_from_a_cursor(
    plans: Asked, many: Connection, sort: str, index: str
):
    for said in (sort, f"-{sort}"):
        cursor = (await leads.RECORD.list_page(many, leads.LeadFilter(sort=said))).next_cursor or ""
        for ask in (leads.LeadFilter(sort=said), leads.LeadFilter(sort=said, cursor=cursor)):
            listing = (await plans(ask))[0]
            assert index in listing
            assert "Sort" not in listing.replace("IncrementalSort", "Sort")


async def test_one_status_walks_the_index_of_statuses(plans: Asked):
    rare = (await plans(leads.LeadFilter(status=["qualified"])))[0]
    assert "leads_by_status" in rare
    # Of a common one, the newest are as near in the index of all.
    common = (await plans(leads.LeadFilter(status=["new"])))[0]
    assert "Sort" not in rare + common
    assert "SeqScan" not in rare + common


async def test_a_rare_word_is_found_through_the_index_of_words(plans: Asked):
    listing = next(plan for plan in await plans(leads.LeadFilter(q="needle")) if "search_leads_words" in plan)
    assert "SeqScan" not in listing


async def test_a_common_beginning_walks_the_rows_and_never_collects_them(plans: Asked):
    for sort, index in (("-created_at", "leads_newest"), ("name", "leads_by_name_key")):
        plans_found = await plans(leads.LeadFilter(q="co", sort=sort))
        assert any(index in plan and "Sort" not in plan for plan in plans_found)
        assert not any("search_leads_words" in plan for plan in plans_found)


@pytest.mark.parametrize(
    ("query", "index"),
    [
        ({"company_contains": "company 49"}, "leads_companies"), ({"company": "COMPANY 7"}, "leads_companies"),
        ({"lost_reason": "too late"}, "leads_lost_reasons"), ({"next_action_contains": "step 3"}, "leads_next_actions"),
        ({"name": "person 77"}, "leads_by_name_key"), ({"title_contains": "pin"}, "search_leads_words"),
        ({"title": "a PIN 4001"}, "leads_by_title_key"),
    ],
)  # fmt: skip
async def test_filters_of_texts_read_an_index(plans: Asked, query: dict[str, Any], index: str):
    assert any(index in plan for plan in await plans(leads.LeadFilter(**query)))


async def test_the_leads_of_an_owner_are_listed_and_counted_by_their_index(plans: Asked, many: Connection):
    query = leads.LeadFilter(owner_id=[await many.fetchval("SELECT min(id) FROM users")])
    listing, total = await plans(query)
    assert "leads_of_owner_newest" in listing
    assert "Sort" not in listing
    assert "IndexOnlyScan leads_of_owner_newest" in total
    assert "IndexOnlyScan leads_of_owner_newest" in await explain_tabs(many, query, ROWS // 10)


async def test_open_leads_without_a_next_step_are_found_by_their_index(plans: Asked):
    query = leads.LeadFilter(has_next_action=False, status=["qualified", "contacted"])
    found = await plans(query)
    assert any("leads_without_next_step" in plan for plan in found), found


async def test_the_counts_of_the_tabs_read_an_index_alone(many: Connection):
    plan = await explain_tabs(many, leads.LeadFilter(), ROWS)
    assert "leads_by_status" in plan
    assert "SeqScan" not in plan


async def test_tabs_have_no_numbers_where_more_leads_match_than_are_counted(many: Connection):
    query = leads.LeadFilter(owner_id_empty=True)
    page = await leads.RECORD.list_page(many, query)
    assert not page.total_exact
    sent: list[str] = []
    with many.query_logger(lambda record: sent.append(record.query)):
        assert await leads.count_by_status(many, query, Total(page.total, exact=False)) == {}
        await asyncio.sleep(0)
    assert not any("FROM leads" in each for each in sent)
    assert await leads.count_by_status(many, query) == {}


async def explain_tabs(many: Connection, query: leads.LeadFilter, number: int) -> str:
    """The kinds of nodes of the plan that counts so many leads by status, and the indexes they use."""
    sent: list[tuple[str, tuple[Any, ...]]] = []
    with many.query_logger(lambda record: sent.append((record.query, record.args))):
        counts = await leads.count_by_status(many, query)
        await asyncio.sleep(0)
    assert sum(total.number for total in counts.values()) == number
    (statement, values) = next(each for each in sent if "FROM leads" in each[0])
    plan = await many.fetchval(f"EXPLAIN (FORMAT json) {statement}", *values)
    return " ".join(nodes(msgspec.json.decode(plan)[0]["Plan"]))
