"""The forecast and the capacity: what lies ahead, and that each number opens its leads."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import UTC, date, datetime
from typing import Any

import factories
import httpx
import pytest
from count_links import count_rows, read_numbers

from crm.accounts import settings
from crm.kernel import clock
from crm.kernel.actor import SYSTEM
from crm.kernel.app_context import AppContext
from crm.kernel.db import Connection
from crm.records import leads
from crm.workspace.reports import forecast
from crm.workspace.reports.forms import AgeingQuery

Keyed = Callable[..., Awaitable[httpx.AsyncClient]]
NOON = datetime(2026, 11, 26, 12, tzinfo=UTC)
"""A Thursday; its week begins on Monday, 23 November."""


@pytest.fixture(autouse=True)
def fixed_time() -> Any:
    with clock.at(NOON):
        yield


async def add(conn: Connection, status: str, starts_on: str = "", *, synthetic: bool = False, **values: Any) -> None:
    start = date.fromisoformat(starts_on) if starts_on else None
    reason = "Too dear" if status == "lost" else ""
    form = leads.NewLead(**{"name": "Ann", "status": status, "lost_reason": reason, "starts_on": start, **values})
    lead = await leads.create(conn, form, by=SYSTEM)
    if synthetic:
        await conn.execute("UPDATE leads SET synthetic = true WHERE id = $1", lead.id)


@pytest.fixture
async def ahead(signed_in: httpx.AsyncClient, context: AppContext) -> httpx.AsyncClient:
    """A signed-in person, a colleague, and leads whose work starts at every time."""
    async with context.db.transaction() as conn:
        grace = await factories.create_user(conn, "Grace Hopper", role="member")
        await factories.create_user(conn, "Vera Viewer", role="viewer")
        await add(conn, "proposal", "2026-12-07", value=1000, hours=45)
        await add(conn, "contacted", "2026-12-31", value=500, currency="USD", hours=10, owner_id=grace.id)
        await add(conn, "new", "2026-10-01", value=100, hours=30)
        await add(conn, "qualified", "2028-01-01", value=200, hours=5)
        await add(conn, "new", value=50, hours=100)
        await add(conn, "won", "2026-11-20", value=900, hours=100)
        await add(conn, "lost", "2026-12-07", value=800, hours=60)
        await add(conn, "proposal", "2026-12-07", value=7, hours=60, synthetic=True)
    return signed_in


async def test_the_forecast_weighs_open_leads_by_their_stage_month_by_month(ahead: httpx.AsyncClient, keyed: Keyed):
    program = await keyed("leads:read")
    report = (await program.get("/api/v1/reports/forecast")).json()
    rows = {(row["first"], row["last"]): row for row in report["rows"]}
    assert rows["2026-12-01", "2026-12-31"]["leads"] == 2
    assert rows["2026-12-01", "2026-12-31"]["weighted"] == [
        {"currency": "EUR", "value": 600}, {"currency": "USD", "value": 100},
    ]  # fmt: skip
    assert rows["2026-11-01", "2026-11-30"]["leads"] == 0
    assert rows[None, "2026-10-31"]["values"] == [{"currency": "EUR", "value": 100}]
    assert rows["2027-11-01", None]["leads"] == rows[None, None]["leads"] == 1
    assert report["total"]["leads"] == 5
    assert report["total"]["weighted"] == [{"currency": "EUR", "value": 695}, {"currency": "USD", "value": 100}]


async def test_another_probability_changes_the_forecast(ahead: httpx.AsyncClient, keyed: Keyed):
    program = await keyed("leads:read", "stages:read", "stages:write")
    stage = (await program.get("/api/v1/stages")).json()["data"][3]
    changed = await program.patch(f"/api/v1/stages/{stage['id']}", json={"probability": 50}, headers={"if-match": "*"})
    assert changed.status_code == 200
    total = (await program.get("/api/v1/reports/forecast")).json()["total"]
    assert total["weighted"][0] == {"currency": "EUR", "value": 595}


async def test_the_work_of_a_lead_fills_the_weeks_from_its_start(ahead: httpx.AsyncClient, keyed: Keyed):
    program = await keyed("leads:read")
    report = (await program.get("/api/v1/reports/capacity")).json()
    assert (report["people"], report["weekly_hours"], report["without_start"]) == (2, 30, 1)
    weeks = {row["week"]: row for row in report["rows"]}
    assert len(weeks) == forecast.WEEKS
    # The won lead began a week ago: of its 100 hours, 30 lie in each of three weeks, and 10 in the last.
    assert [row["won_hours"] for row in report["rows"]][:4] == [30, 30, 10, 0]
    second, third = weeks["2026-12-07"], weeks["2026-12-14"]
    assert (second["open_leads"], second["open_hours"]) == (1, 18)
    assert second["free_hours"] == 60 - 10 - 18
    assert (third["open_leads"], third["open_hours"]) == (1, 9)
    assert weeks["2026-12-28"]["open_hours"] == 2


async def test_each_number_ahead_opens_exactly_the_leads_that_it_counts(ahead: httpx.AsyncClient, context: AppContext):
    async with context.db.connection() as conn:
        grace = await conn.fetchval("SELECT id FROM users WHERE name LIKE 'Grace%'")
    for query in ("", f"?owner_id={grace}"):
        page = (await ahead.get(f"/reports{query}")).text
        start = page.index('id="forecast"')
        part = f"<main{page[start:]}"
        numbers = read_numbers(part)
        assert len(numbers) >= (12 if not query else 2)
        for url, number in numbers:
            assert await count_rows(ahead, url) == number, url


async def test_both_are_files_and_hide_nothing(ahead: httpx.AsyncClient):
    rows = (await ahead.get("/reports/forecast.csv")).text.splitlines()
    assert rows[0] == "From,To,Open leads,Value EUR,Weighted value EUR,Value USD,Weighted value USD"
    assert "2026-12-01,2026-12-31,2,1000.00,600.00,500.00,100.00" in rows
    assert any(row.startswith("No start,,1,50.00,5.00") for row in rows)
    assert rows[-1].startswith("Total,,5,")
    rows = (await ahead.get("/reports/capacity.csv")).text.splitlines()
    assert rows[3] == "2026-12-07,60,1,10.0,1,18.0,32.0"


async def test_one_owner_is_compared_with_their_own_hours(ahead: httpx.AsyncClient, keyed: Keyed, context: AppContext):
    async with context.db.transaction() as conn:
        grace = await conn.fetchval("SELECT id FROM users WHERE name LIKE 'Grace%'")
        await settings.queries.store(conn, "weekly_hours", 20, by=None, at=NOON)
    program = await keyed("leads:read")
    report = (await program.get(f"/api/v1/reports/capacity?owner_id={grace}")).json()
    assert (report["people"], report["rows"][0]["team_hours"]) == (1, 20)
    assert sum(row["open_leads"] for row in report["rows"]) == 1
    assert (await program.get(f"/api/v1/reports/forecast?owner_id={grace}")).json()["total"]["leads"] == 1


@pytest.mark.parametrize("block", ["forecast", "capacity"])
async def test_a_wrong_owner_or_an_unknown_parameter_is_refused(keyed: Keyed, block: str):
    program = await keyed("leads:read")
    for query in ("owner_id=x", "period=30d"):
        assert (await program.get(f"/api/v1/reports/{block}?{query}")).status_code == 422
    assert (await (await keyed("contacts:read")).get(f"/api/v1/reports/{block}")).status_code == 403


async def test_without_leads_there_is_nothing_to_forecast(keyed: Keyed):
    program = await keyed("leads:read")
    report = (await program.get("/api/v1/reports/forecast")).json()
    assert (len(report["rows"]), report["total"]["leads"]) == (forecast.MONTHS, 0)
    assert sum(row["open_leads"] for row in (await program.get("/api/v1/reports/capacity")).json()["rows"]) == 0


async def test_a_lead_of_a_million_hours_costs_no_more_than_others(conn: Connection):
    await add(conn, "proposal", "1900-01-01", hours=1_000_000)
    await add(conn, "proposal", "2026-12-07", hours=1_000_000)
    report = await forecast.report_capacity(conn, AgeingQuery(), "UTC")
    assert [row.open_leads for row in report.rows] == [1, 1, *[2] * 10]
