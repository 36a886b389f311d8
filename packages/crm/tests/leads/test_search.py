from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crm.kernel import clock
from crm.kernel.actor import SYSTEM
from crm.kernel.db import Connection
from crm.kernel.http.paging import Where
from crm.records import leads
from crm.records.common import Search, parse_search
from crm.records.leads.queries import TABLE
from shared.enquiry_form import FIELDS


async def create_lead(conn: Connection, name: str, **values: object) -> leads.Lead:
    form = leads.NewLead(**{"name": name, **values})  # type: ignore[arg-type]
    return await leads.create(conn, form, by=SYSTEM, channel="manual")


async def search(conn: Connection, words: str, **asked: object) -> list[str]:
    return [lead.name for lead in (await leads.RECORD.list_page(conn, leads.LeadFilter(q=words, **asked))).data]  # type: ignore[arg-type]


@pytest.fixture
async def zoe(conn: Connection) -> leads.Lead:
    await create_lead(conn, "Ada Lovelace", email="ada@engine.example", company="Analytical", message="Punch cards")
    return await create_lead(
        conn, "Zoë Müller-Quine", email="z.mueller@quine-labs.example", company="Société Générale",
        message="Our node.js service at shop.quine.example, version 3.11, loses orders. Можно позвонить?",
    )  # fmt: skip


@pytest.mark.parametrize(
    "words",
    [
        "zoe", "ZOË", "Zoe\u0308", "mull", "muller", "quine", "z.mue", "mueller", "quine-labs", "labs",
        "z.mueller@quine-labs.example", "mueller@quine", "societe gen", "générale", "orders", "zoe orders",
        "orders zoe", "node.js", "uller", "shop.quine.example", "3.11", "позвонить", "ПОЗВ", "  zoe\t orders ",
    ],
)  # fmt: skip
async def test_words_are_found_whatever_their_case_accents_and_order(conn: Connection, zoe: leads.Lead, words: str):
    assert await search(conn, words) == ["Zoë Müller-Quine"]


@pytest.mark.parametrize("words", ["oe", "zoe lovelace", "xyz", "!!!", "''", "@", "&|!", "<->"])
async def test_what_is_not_there_is_not_found(conn: Connection, zoe: leads.Lead, words: str):
    assert await search(conn, words) == []


@pytest.mark.parametrize(
    "words",
    ["zoe'); DROP TABLE leads; --", "'zoe", "zoe'", "zoe & !orders", "zoe | ada", "zoe:*", "zoe <-> x", "(zoe",
     "\\zoe", "zoe\\", "%zoe%", "zoe {} {0}", "zoe $1", "zoe:A", "\uff07zoe", "a" * 200],
)  # fmt: skip
async def test_operators_and_quotes_are_nothing_but_text(conn: Connection, zoe: leads.Lead, words: str):
    assert set(await search(conn, words)) <= {"Zoë Müller-Quine"}


async def test_a_reference_is_found(conn: Connection, zoe: leads.Lead):
    assert await search(conn, zoe.reference) == [zoe.name]
    assert await search(conn, zoe.reference.lower()) == [zoe.name]


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(words=st.text(alphabet=st.characters(exclude_characters="\x00", exclude_categories=("Cs",)), max_size=60))
async def test_no_text_breaks_the_search(conn: Connection, words: str):
    query = await parse_search(conn, words)
    for tsquery in [query.build_filter(), *(tsquery for _, tsquery in query.list_tiers(titled=True))]:
        await conn.fetchval("SELECT $1::text::tsquery", tsquery)


async def test_a_common_beginning_gives_the_same_rows_as_the_index_would(conn: Connection):
    await conn.execute(
        """
        INSERT INTO leads (reference, name, message, channel, received_at, status_at, created_at, updated_at)
        SELECT 'P-' || n, 'Person ' || n, CASE WHEN n % 3 = 0 THEN 'commodore' ELSE 'other' END, 'api',
               now(), now(), now() - n * interval '1 minute', now()
        FROM generate_series(1, 600) AS n
        """
    )
    page = await leads.RECORD.list_page(conn, leads.LeadFilter(q="commo", limit=3))
    assert [lead.name for lead in page.data] == ["Person 3", "Person 6", "Person 9"]
    assert (page.total, page.total_exact) == (200, True)
    second = await leads.RECORD.list_page(conn, leads.LeadFilter(q="commo", limit=3, cursor=page.next_cursor or ""))
    assert [lead.name for lead in second.data] == ["Person 12", "Person 15", "Person 18"]
    narrowed = await leads.RECORD.list_page(conn, leads.LeadFilter(q="commo", sort="name", limit=2, status=["new"]))
    assert [lead.name for lead in narrowed.data] == ["Person 102", "Person 105"]


OLD = """
INSERT INTO leads (reference, name, message, channel, received_at, status_at, created_at, updated_at)
SELECT 'W-' || n, 'Person ' || n, CASE WHEN n % 50 = 0 OR n BETWEEN 40 AND 60 THEN 'needle' ELSE 'hay' END, 'api',
       now(), now(), now() - n * interval '9 hours', now()
FROM generate_series(1, 3000) AS n
"""


@pytest.mark.parametrize("limit", [1, 7, 25, 100])
@pytest.mark.parametrize("sort", ["-created_at", "created_at", "name"])
async def test_page_by_page_a_long_list_gives_every_match_once_and_in_order(conn: Connection, limit: int, sort: str):
    await conn.execute(OLD)
    column = sort.removeprefix("-")
    wanted = await conn.fetch(
        "SELECT reference FROM leads WHERE message = 'needle' "
        f"ORDER BY {'name_key(name)' if column == 'name' else column} {'DESC' if sort[0] == '-' else 'ASC'}, "
        f"id {'DESC' if sort[0] == '-' else 'ASC'}"
    )
    search = Search("leads", dated="created_at", long=100)
    got: list[str] = []
    cursor: str | None = ""
    while cursor is not None:
        where = Where()
        await search.narrow(conn, where, "need")
        page = await TABLE.page(conn, where, sort=sort, limit=limit, cursor=cursor)
        got += [lead.reference for lead in page.data]
        cursor = page.next_cursor
        assert page.total == len(wanted)
    assert got == [row["reference"] for row in wanted]


async def test_the_newest_matches_of_a_long_list_are_found_in_the_last_months_alone(conn: Connection):
    await conn.execute(OLD)
    where = Where()
    await Search("leads", dated="created_at", long=100).narrow(conn, where, "needle")
    assert where.latest is not None
    found = []
    for window in where.latest.before(clock.now()):
        rows = await conn.fetch(f"SELECT created_at FROM leads WHERE {window} ORDER BY created_at", *window.values)
        found.append((len(rows), rows[0][0]))
    (few, from_two), (more, from_twelve) = found
    assert 20 < few < more < 80
    assert clock.now() - from_two < timedelta(days=62)
    assert clock.now() - from_twelve < timedelta(days=366)


@pytest.mark.parametrize("name", [field.name for field in FIELDS if field.searchable])
async def test_every_field_that_is_called_searchable_is_found(conn: Connection, name: str):
    value = {"email": "unmistakable@acme.example", "phone": "+49 30 7654321"}.get(name, "unmistakable")
    lead = await create_lead(conn, **{"name": "Ada", name: value})
    assert await search(conn, "7654321" if name == "phone" else "unmistakable") == [lead.name]
