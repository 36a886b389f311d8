"""The Reports page: its numbers open the rows they count, whatever is chosen."""

from __future__ import annotations

import html
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import factories
import httpx
import msgspec
import pytest
from count_links import count_rows, read_numbers

from crm.accounts.settings import actions as organization
from crm.kernel import clock
from crm.kernel.actor import VISITOR, Actor
from crm.kernel.app_context import AppContext
from crm.kernel.db import Connection
from crm.records import leads
from crm.records.leads import follow_ups
from crm.workspace.reports.blocks import BLOCKS
from crm.workspace.reports.forms import SourceQuery

NOON = datetime(2026, 11, 26, 12, tzinfo=UTC)
"""A Thursday."""


@pytest.fixture(autouse=True)
def fixed_time() -> Any:
    with clock.at(NOON):
        yield


async def add(conn: Connection, days: float = 1, *, synthetic: bool = False, **values: Any) -> leads.Lead:
    """A lead that was received so many days ago."""
    at = NOON - timedelta(days=days)
    with clock.at(at):
        lead = await leads.create(
            conn, leads.NewLead(**{"name": f"Person {days}", **values}), by=VISITOR, channel="site", received_at=at
        )
    if synthetic:
        await conn.execute("UPDATE leads SET synthetic = true WHERE id = $1", lead.id)
    return lead


async def move(conn: Connection, lead: leads.Lead, by: Actor, *steps: tuple[leads.Status, float]) -> None:
    """Move a lead; each step is a status and how many hours after it was received."""
    for status, hours in steps:
        with clock.at(lead.received_at + timedelta(hours=hours)):
            locked = await leads.lock(conn, lead.id)
            await leads.move(conn, locked, status, by, lost_reason="Too dear" if status == "lost" else "")


@pytest.fixture
async def busy(signed_in: httpx.AsyncClient, context: AppContext) -> httpx.AsyncClient:
    """A signed-in person, and leads of every kind in the last 90 days and the 90 before."""
    touch = leads.Touch(path="/blog/a/", referrer="www.google.com", utm_campaign="spring")
    async with context.db.transaction() as conn:
        ada = Actor("person", await conn.fetchval("SELECT min(id) FROM users"), "Ada")
        grace = await factories.create_user(conn, "Grace Hopper")
        for days in (1, 3, 12, 40, 80, 95, 120):
            won = await add(conn, days, value=1000, currency="USD", first_touch=touch, source="blog", owner_id=ada.id)
            await move(conn, won, ada, ("qualified", 0.5), ("won", 20))
            skipped = await add(conn, days, value=500, first_touch=touch, last_touch=leads.Touch(utm_source="News"))
            await move(conn, skipped, ada, ("won", 5))
            lost = await add(conn, days, first_touch=leads.Touch(path="/"), source="event", owner_id=grace.id)
            await move(conn, lost, ada, ("contacted", 30), ("proposal", 50), ("lost", 60))
            await add(conn, days)
            quiet = await add(conn, days, owner_id=ada.id)
            await move(conn, quiet, ada, ("contacted", days * 24 / 2))
            await add(conn, days, synthetic=True, first_touch=touch)
    return signed_in


WAYS = ("first_touch", "last_touch", "page", "campaign", "source")


@pytest.mark.parametrize(
    "query",
    [
        *(f"?by={way}" for way in WAYS), "?period=30d", "?period=12m&compare=true", "?period=year",
        "?from=2026-08-01&to=2026-09-15&compare=true",
    ],
)  # fmt: skip
async def test_every_number_opens_exactly_the_leads_that_it_counts(busy: httpx.AsyncClient, query: str):
    page = await busy.get(f"/reports{query}")
    assert page.status_code == 200
    numbers = {*read_numbers(page.text)}
    assert len(numbers) >= 20
    for url, number in numbers:
        assert await count_rows(busy, url) == number, url


async def test_one_owner_alone_is_counted_and_linked(busy: httpx.AsyncClient, context: AppContext):
    async with context.db.connection() as conn:
        grace = await conn.fetchval("SELECT max(id) FROM users")
    page = (await busy.get(f"/reports?owner_id={grace}")).text
    numbers = read_numbers(page)
    assert (f"/leads?segment=counted&received_from=2026-08-29&received_to=2026-11-26&owner_id={grace}", 5) in numbers
    for url, number in numbers:
        assert await count_rows(busy, url) == number, url


async def test_unknown_is_always_a_line_and_currencies_are_not_added(busy: httpx.AsyncClient):
    page = (await busy.get("/reports?by=campaign")).text
    source = page[page.index('id="source"') : page.index('id="response"')]
    assert ">spring</th>" in source
    assert re.search(r'<th scope="row"[^>]*>Unknown</th>\s*<td class="num"><a[^>]*>15</a>', source)
    assert "EUR 2,500 · USD 5,000" in source
    empty = (await busy.get("/reports?by=campaign&from=2026-11-25&to=2026-11-25")).text
    assert ">Unknown</th>" in empty


async def test_a_number_of_sources_beyond_the_page_is_in_the_file(signed_in: httpx.AsyncClient, context: AppContext):
    async with context.db.transaction() as conn:
        for number in range(15):
            await add(conn, first_touch=leads.Touch(referrer=f"site{number}.example"))
    page = (await signed_in.get("/reports")).text
    assert "3 more sources with 3 enquiries" in page
    rows = (await signed_in.get("/reports/source.csv")).text.splitlines()
    assert len(rows) == 1 + 15 + 1 + 1  # heading, sources, unknown, total
    assert rows[-2:] == ["Unknown,0,0,0", "Total,15,0,0"]


async def test_a_source_cannot_become_a_formula(signed_in: httpx.AsyncClient, context: AppContext):
    async with context.db.transaction() as conn:
        for text in ("=HYPERLINK(1)", "+1", "-1", "@sum"):
            await add(conn, first_touch=leads.Touch(utm_source=text))
    rows = (await signed_in.get("/reports/source.csv")).text.splitlines()[1:5]
    assert sorted(rows) == ["'+1,1,0,0", "'-1,1,0,0", "'=hyperlink(1),1,0,0", "'@sum,1,0,0"]


async def test_every_block_is_a_file(busy: httpx.AsyncClient):
    files = re.findall(r'href="(/reports/[^"]+\.csv\?[^"]+)"', (await busy.get("/reports?period=30d")).text)
    assert len(files) == len(BLOCKS)
    for url in files:
        answer = await busy.get(html.unescape(url))
        assert answer.headers["content-type"] == "text/csv; charset=utf-8"
        assert "attachment" in answer.headers["content-disposition"]
        widths = {len(line.split(",")) for line in answer.text.splitlines()}
        assert len(widths) == 1


async def test_an_empty_system_says_so(signed_in: httpx.AsyncClient):
    page = (await signed_in.get("/reports?compare=true")).text
    assert "No enquiries in this period" in page
    assert '<svg class="chart"' not in page
    assert (await signed_in.get("/reports/response.csv")).text.splitlines()[1] == "Enquiries,0"


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("period=century", "Choose one of"),
        ("from=soon", "date"),
        ("from=2026-11-20&to=2026-11-01", "Enter a day that is not before the first day."),
        ("to=2026-11-01", "Enter the first day too."),
        ("from=1990-01-01&to=2026-11-01", "Choose at most five years."),
        ("owner_id=ada", "number"),
        ("by=horoscope", "Choose one of"),
    ],
)
async def test_a_bad_value_gets_its_message_and_the_default_range(
    signed_in: httpx.AsyncClient, query: str, message: str
):
    answer = await signed_in.get(f"/reports?{query}")
    assert answer.status_code == 422
    assert message in answer.text
    assert 'aria-current="true">Last 90 days' in answer.text


async def test_days_are_those_of_the_organization(signed_in: httpx.AsyncClient, context: AppContext):
    async with context.db.transaction() as conn:
        await conn.execute(
            "INSERT INTO settings (name, value, updated_at) VALUES ('time_zone', '\"Pacific/Auckland\"', now())"
        )
        # 11:30 UTC on the 20th is after midnight in Auckland.
        await add(conn, (NOON - datetime(2026, 11, 20, 11, 30, tzinfo=UTC)) / timedelta(days=1))
    assert "No enquiries" in (await signed_in.get("/reports?from=2026-11-20&to=2026-11-20")).text
    page = (await signed_in.get("/reports?from=2026-11-21&to=2026-11-21")).text
    (url, number), *_ = read_numbers(page)
    assert number == await count_rows(signed_in, url) == 1


async def test_deleted_and_merged_leads_are_gone_and_restored_ones_are_back_with_their_stages(
    signed_in: httpx.AsyncClient, context: AppContext
):
    async with context.db.transaction() as conn:
        ada = Actor("person", await conn.fetchval("SELECT min(id) FROM users"), "Ada")
        kept = await add(conn, 5, email="ada@one.example")
        await move(conn, kept, ada, ("contacted", 24))
        again = await add(conn, 1, email="ada@one.example")
        await follow_ups.add_to_open_lead(
            conn, await leads.lock(conn, again.id), await leads.lock(conn, kept.id), by=ada
        )
        gone = await add(conn, 2)
        await move(conn, gone, ada, ("qualified", 12))
        await leads.delete(conn, await leads.lock(conn, gone.id), by=ada)
    rows = (await signed_in.get("/reports/stages.csv")).text.splitlines()
    assert rows[1:3] == ["New,1,1.0,1.0", "Contacted,0,,"]
    assert (await signed_in.get("/reports/source.csv")).text.splitlines()[-1] == "Total,1,0,0"
    await signed_in.post(f"/leads/{gone.id}/restore")
    assert (await signed_in.get("/reports/stages.csv")).text.splitlines()[1] == "New,2,0.75,0.95"
    assert (await signed_in.get("/reports/source.csv")).text.splitlines()[-1] == "Total,2,1,0"


async def test_each_block_is_one_statement(busy: httpx.AsyncClient, context: AppContext):
    statements: list[str] = []
    query = SourceQuery(compare=True)
    async with context.db.connection() as conn:
        with conn.query_logger(lambda record: statements.append(record.query)):
            for block in BLOCKS:
                await block.build(conn, query, "UTC")
    # The driver itself asks for types that it meets for the first time.
    assert len([each for each in statements if "leads" in each]) == len(BLOCKS) == 7


async def test_the_period_ends_today_in_the_time_zone_of_the_organization(busy: httpx.AsyncClient, context: AppContext):
    async with context.db.transaction() as conn:
        stored = await organization.read(conn)
        await organization.change(conn, msgspec.structs.replace(stored, time_zone="Asia/Tokyo"), VISITOR)
    with clock.at(NOON.replace(hour=20)):
        answer = await busy.get("/reports")
    heading = re.search(r"Enquiries received .*", answer.text)
    assert heading
    assert re.sub("<[^>]+>", "", heading[0]) == "Enquiries received 30 Aug – today"
