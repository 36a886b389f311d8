"""The calendar of a user at its secret address."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from typing import Any

import httpx
import pytest
from icalendar import Calendar

from crm.accounts.users import actions as users
from crm.kernel.actor import SYSTEM
from crm.kernel.app_context import AppContext
from crm.records import leads, tasks


async def create_url(client: httpx.AsyncClient) -> str:
    page = await client.post("/calendar")
    assert page.status_code == 200
    found = re.search(r"http://crm\.test(/calendar/[\w-]+\.ics)", page.text)
    assert found is not None
    return found[1]


async def add(context: AppContext, title: str, *, assigned: bool = True, **values: Any) -> tasks.Task:
    async with context.db.transaction() as conn:
        ada = await conn.fetchval("SELECT id FROM users WHERE email = 'ada@crm.test'")
        form = tasks.NewTask(title=title, assignee_id=ada if assigned else None, **values)
        return await tasks.create(conn, form, by=SYSTEM)


async def read(client: httpx.AsyncClient, url: str) -> dict[str, Any]:
    """The events of the calendar, by title."""
    answer = await client.get(url)
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/calendar")
    return {str(event["summary"]): event for event in Calendar.from_ical(answer.content).walk("VEVENT")}


async def test_the_calendar_has_the_open_tasks_of_its_user(signed_in: httpx.AsyncClient, clean: AppContext):
    url = await create_url(signed_in)
    async with clean.db.transaction() as conn:
        lead = await leads.create(conn, leads.NewLead(name="Grace", title="Compiler audit"), by=SYSTEM)
    await add(clean, "Call", due_on=date(2026, 11, 30), due_time="14:30", lead_id=lead.id, note="About the offer")
    whole_day = await add(clean, "Read", due_on=date(2026, 12, 1))
    await add(clean, "Nobody's", due_on=date(2026, 12, 1), assigned=False)
    await add(clean, "Undated")
    signed_in.cookies.clear()
    events = await read(signed_in, url)
    assert {*events} == {"Call (Compiler audit)", "Read"}
    call = events["Call (Compiler audit)"]
    assert call.decoded("dtstart").astimezone(UTC) == datetime(2026, 11, 30, 12, 30, tzinfo=UTC)
    assert call.decoded("dtend") - call.decoded("dtstart") == timedelta(minutes=30)
    assert str(call["description"]).startswith("About the offer")
    assert str(call["url"]).startswith("http://crm.test/tasks/")
    assert (events["Read"].decoded("dtstart"), events["Read"].decoded("dtend")) == (
        date(2026, 12, 1),
        date(2026, 12, 2),
    )
    async with clean.db.transaction() as conn:
        await tasks.complete(conn, whole_day, by=SYSTEM)
    assert {*await read(signed_in, url)} == {"Call (Compiler audit)"}


async def test_a_series_is_one_event_with_its_rule_and_keeps_its_local_time(
    signed_in: httpx.AsyncClient, clean: AppContext
):
    url = await create_url(signed_in)
    day = date(2026, 10, 21)
    await add(clean, "Timed", due_on=day, due_time="09:00", recurrence="FREQ=WEEKLY;UNTIL=20261231")
    await add(clean, "Daily", due_on=day, recurrence="FREQ=DAILY;UNTIL=20261231")
    events = await read(signed_in, url)
    assert events["Timed"]["rrule"].to_ical() == b"FREQ=WEEKLY;UNTIL=20261231T235959Z;BYDAY=WE"
    assert events["Daily"]["rrule"].to_ical() == b"FREQ=DAILY;UNTIL=20261231"
    assert events["Timed"]["dtstart"].params["TZID"] == "Europe/Bucharest"
    content = (await signed_in.get(url)).text
    assert "BEGIN:VTIMEZONE" in content


async def test_titles_and_notes_cannot_change_the_calendar(signed_in: httpx.AsyncClient, clean: AppContext):
    url = await create_url(signed_in)
    note = "a;b,c\nEND:VEVENT\nBEGIN:VALARM\\n" + "ș" * 200
    await add(clean, "X\\;,:END:VCALENDAR", due_on=date(2026, 12, 1), note=note)
    [(title, event)] = (await read(signed_in, url)).items()
    assert title == "X\\;,:END:VCALENDAR"
    assert str(event["description"]).startswith(note)
    assert all(len(line) <= 75 for line in (await signed_in.get(url)).content.split(b"\r\n"))


async def test_the_address_is_shown_once_and_a_new_one_replaces_it(signed_in: httpx.AsyncClient, clean: AppContext):
    first = await create_url(signed_in)
    assert first not in (await signed_in.get("/calendar")).text
    assert "No program has read it yet." in (await signed_in.get("/calendar")).text
    await read(signed_in, first)
    assert "A program last read it" in (await signed_in.get("/calendar")).text
    second = await create_url(signed_in)
    assert (await signed_in.get(first)).status_code == 404
    await read(signed_in, second)
    assert (await signed_in.post("/calendar/revoke")).status_code == 303
    gone = await signed_in.get(second)
    assert gone.status_code == 404
    assert "It may have been revoked." in gone.text
    assert (await signed_in.post("/calendar/revoke")).status_code == 303
    async with clean.db.connection() as conn:
        actions = [row["action"] for row in await conn.fetch("SELECT action FROM audit_entries ORDER BY id")]
    assert actions.count("calendar.created") == 2
    assert actions.count("calendar.revoked") == 1


async def test_the_address_ends_with_the_account(signed_in: httpx.AsyncClient, clean: AppContext):
    url = await create_url(signed_in)
    async with clean.db.transaction() as conn:
        ada = await conn.fetchval("SELECT id FROM users")
        await conn.execute(
            "INSERT INTO users (email, name, password_hash, role, created_at, updated_at)"
            " VALUES ('grace@crm.test', 'Grace', 'x', 'owner', now(), now())"
        )
        await users.disable(conn, ada, by=SYSTEM, details={})
    assert (await signed_in.get(url)).status_code == 404


@pytest.mark.parametrize("token", ["x.ics", "a" * 300, "%00.ics", "ș.ics"])
async def test_another_address_is_a_404(client: httpx.AsyncClient, token: str):
    assert (await client.get(f"/calendar/{token}")).status_code == 404


async def test_only_the_hash_of_the_address_is_stored(signed_in: httpx.AsyncClient, clean: AppContext):
    token = (await create_url(signed_in)).removeprefix("/calendar/").removesuffix(".ics")
    async with clean.db.connection() as conn:
        row = await conn.fetchrow("SELECT * FROM calendar_feeds")
    assert token.encode() not in row["token_hash"]
    assert token not in str(dict(row))
