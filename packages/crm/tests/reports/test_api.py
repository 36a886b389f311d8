"""The reports in the API, and what they count."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import httpx
import pytest
from alembic import command
from sqlalchemy import create_engine, make_url, text
from sqlalchemy.pool import NullPool

from crm import migrate
from crm.kernel import clock
from crm.kernel.actor import VISITOR, Actor
from crm.kernel.app_context import AppContext
from crm.kernel.db import Connection
from crm.kernel.http.paging import Where
from crm.records import leads
from crm.workspace.reports import periods
from crm.workspace.reports.charts import Bar, draw_bars
from crm.workspace.today.formatting import is_overdue
from shared import embedded_postgres

Keyed = Callable[..., Awaitable[httpx.AsyncClient]]
BLOCKS = ("source", "response", "win-rate", "stages", "ageing")
RANGE = "?from=2026-11-01&to=2026-11-30"


async def add(conn: Connection, at: datetime, *steps: tuple[leads.Status, timedelta], value: float = 0) -> leads.Lead:
    """A lead that was received then; each step is a status and how long after."""
    ada = Actor("person", None, "Ada")
    with clock.at(at):
        form = leads.NewLead(name="Grace", value=value)
        lead = await leads.create(conn, form, by=VISITOR, channel="site", received_at=at)
    for status, after in steps:
        with clock.at(at + after):
            locked = await leads.lock(conn, lead.id)
            await leads.move(conn, locked, status, ada, lost_reason="Too dear" if status == "lost" else "")
    return lead


@pytest.fixture
async def november(client: httpx.AsyncClient, context: AppContext) -> None:
    """Four leads of November: one took every stage, one skipped them, one was lost, one waits."""
    async with context.db.transaction() as conn:
        start, hour = datetime(2026, 11, 3, 9, tzinfo=UTC), timedelta(hours=1)
        await add(
            conn, start, ("contacted", hour), ("qualified", 25 * hour), ("proposal", 49 * hour), ("won", 97 * hour),
            value=900,
        )  # fmt: skip
        await add(conn, start + timedelta(days=7), ("won", 3 * hour), value=100)
        await add(conn, start + timedelta(days=8), ("qualified", 30 * hour), ("lost", 40 * hour))
        await add(conn, start + timedelta(days=9))


async def test_the_reports_count_what_happened(keyed: Keyed, november: None):
    program = await keyed("leads:read")
    report = {block: (await program.get(f"/api/v1/reports/{block}{RANGE}")).json() for block in BLOCKS[:4]}
    assert report["source"]["total"] == {
        "enquiries": 4, "qualified": 3, "won": 2, "won_values": [{"currency": "EUR", "value": 1000}],
    }  # fmt: skip
    assert [row["key"] for row in report["source"]["rows"]] == ["unknown"]
    times = report["response"]["current"]
    assert (times["answered"], times["unanswered"], times["median_hours"], times["in_time"]) == (3, 1, 3, 2)
    assert times["late"] == 2  # answered after 30 hours, and never
    total = report["win-rate"]["total"]
    assert (total["won"], total["lost"], total["open"], total["win_rate"]) == (2, 1, 1, 0.6667)
    days = {row["status"]: (row["leads"], row["median_days"]) for row in report["stages"]["rows"]}
    assert days == {"new": (3, 0.12), "contacted": (1, 1), "qualified": (2, 0.71), "proposal": (1, 2)}
    ages = (await program.get("/api/v1/reports/ageing")).json()
    assert sum(row["leads"] for row in ages["rows"]) == 1


async def test_the_period_before_is_counted_beside_it(keyed: Keyed, november: None):
    program = await keyed("leads:read")
    answer = await program.get("/api/v1/reports/source?from=2026-11-10&to=2026-11-16&compare=true")
    report = answer.json()
    assert report["compared_with"] == {"from": "2026-11-03", "to": "2026-11-09"}
    assert (report["total"]["enquiries"], report["total_before"]["enquiries"]) == (3, 1)


@pytest.mark.parametrize("block", BLOCKS)
async def test_a_report_needs_the_scope_for_leads(keyed: Keyed, client: httpx.AsyncClient, block: str):
    url = f"/api/v1/reports/{block}"
    assert (await (await keyed("leads:read")).get(url)).status_code == 200
    assert (await (await keyed("contacts:read", "leads:write")).get(url)).status_code == 403
    assert (await client.get(url)).status_code == 401


async def test_a_report_that_there_is_not_is_not_found(keyed: Keyed):
    answer = await (await keyed("leads:read")).get("/api/v1/reports/horoscope")
    assert (answer.status_code, answer.headers["content-type"]) == (404, "application/problem+json")


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("period=century", "period"), ("from=soon", "from"), ("to=2026-11-01", "to and from"),
        ("from=2026-11-02&to=2026-11-01", "to"), ("from=2000-01-01", "to"), ("owner_id=0", "owner_id"),
        ("by=horoscope", "by"), ("compare=perhaps", "compare"), ("days=7", "days"), ("from=", "from"),
    ],
)  # fmt: skip
async def test_a_malformed_question_names_the_parameter(keyed: Keyed, query: str, field: str):
    answer = await (await keyed("leads:read")).get(f"/api/v1/reports/source?{query}")
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] in field


async def test_the_list_of_leads_takes_the_filters_of_reports(keyed: Keyed, november: None):
    program = await keyed("leads:read")
    url = "/api/v1/leads?received_from=2026-11-01&received_to=2026-11-30"
    for more, total in (("", 4), ("&segment=qualified", 3), ("&segment=late", 2), ("&attribution=source:unknown", 4)):
        assert (await program.get(url + more)).json()["total"] == total, more
    assert (await program.get("/api/v1/leads?attribution=horoscope:lion")).status_code == 422


async def test_the_promised_working_day_ends_when_today_says_so(conn: Connection):
    monday = datetime(2026, 10, 19, tzinfo=UTC)
    for zone in ("Europe/Bucharest", "America/New_York", "UTC"):
        for hours in range(0, 24 * 15, 5):  # two weeks with a change of the clocks between them
            received = monday + timedelta(hours=hours, minutes=7)
            for wait in (23, 25, 47, 49, 71, 73):
                now = received + timedelta(hours=wait)
                with clock.at(now):
                    where = Where()
                    condition = leads.format_segment_condition(where, "late", zone, answered_at="NULL::timestamptz")
                row = f"(SELECT {where.mark(received)}::timestamptz AS received_at, false AS synthetic)"
                late = await conn.fetchval(f"SELECT {condition} FROM {row} AS lead", *where.values)
                assert late == is_overdue(received, now, zone), (received.astimezone(ZoneInfo(zone)), wait)


def test_a_preset_ends_today_and_the_parts_of_a_period_cover_it():
    today = date(2028, 2, 28)
    assert periods.choose("12m", None, None, today) == periods.Period(date(2027, 3, 1), today)
    assert periods.choose("30d", None, None, today).days == 30
    assert periods.choose("year", None, None, date(2026, 1, 1)).days == 1
    for first, last in ((date(2026, 1, 31), date(2026, 3, 2)), (date(2025, 11, 27), date(2026, 11, 26))):
        parts = periods.Period(first, last).split()
        assert sum(part.days for part in parts) == (last - first).days + 1
        assert (parts[0].first, parts[-1].last) == (first, last)


def test_a_chart_has_a_title_a_description_and_no_style_of_its_own():
    drawn = draw_bars("source", "Enquiries", "a: 1", [Bar("<script>", [("chart-1", 1)], "1")])
    assert '<title id="source-title">Enquiries</title><desc id="source-desc">a: 1</desc>' in drawn
    assert "&lt;script&gt;" in drawn
    assert "style=" not in drawn


def test_the_stages_of_the_past_are_read_from_the_timelines(cluster: embedded_postgres.Cluster):
    cluster.create_database("before_reports")
    url = make_url(cluster.dsn("before_reports")).set(drivername="postgresql+psycopg")
    config = migrate._config()
    with create_engine(url, poolclass=NullPool).connect() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0028")
        connection.execute(
            text(
                """
                INSERT INTO leads (reference, name, channel, status, received_at, status_at, created_at, updated_at)
                VALUES ('E-1', 'Ada', 'api', 'won', '2026-11-01', '2026-11-04', '2026-11-01', '2026-11-04');
                INSERT INTO activities (kind, body, lead_id, by_kind, by_name, at, created_at, updated_at)
                SELECT 'status', move.name || ' moved it from ' || words, leads.id, 'person', move.name, at, at, at
                FROM leads
                CROSS JOIN (
                    VALUES ('Bob moved it from Lost to Won.', 'New to Contacted.', '2026-11-02'::timestamptz),
                           ('Bob', 'Contacted to Won. The next step was removed: moved it from Won to Lost.',
                            '2026-11-04')
                ) AS move (name, words, at)
                """
            )
        )
        connection.commit()
        command.upgrade(config, "head")
        rows = connection.execute(
            text("SELECT status, extract(day FROM left_at - entered_at) FROM status_periods ORDER BY left_at")
        )
        assert [tuple(row) for row in rows] == [("new", 1), ("contacted", 2)]
