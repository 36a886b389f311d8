from __future__ import annotations

from datetime import UTC, datetime

import pytest

from crm.kernel import clock
from crm.kernel.actor import SYSTEM, Actor
from crm.kernel.db import Connection
from crm.kernel.errors import ConflictError, PreconditionFailedError, ValidationError
from crm.records import activities, contacts, leads
from crm.values.formats import join_words

ADA = Actor("person", 1, "Ada")


async def lead_of(conn: Connection, email: str = "zoe@quine.example") -> leads.Lead:
    return await leads.create(conn, leads.NewLead(name="Zoë", email=email), by=SYSTEM, channel="site")


async def bodies(conn: Connection, **about: int | None) -> list[str]:
    return [line.body for line in await activities.actions.list_timeline(conn, **about)]  # type: ignore[arg-type]


async def test_a_line_about_a_lead_also_shows_on_its_contact_and_company(conn: Connection):
    lead = await lead_of(conn)
    await activities.record(conn, kind="note", body="Hello", by=ADA, lead_id=lead.id)
    assert "Hello" in await bodies(conn, contact_id=lead.contact_id)
    assert "Hello" in await bodies(conn, company_id=lead.company_id)


async def test_a_line_about_a_contact_also_shows_on_its_company(conn: Connection):
    lead = await lead_of(conn)
    await activities.record(conn, kind="note", body="Hello", by=ADA, contact_id=lead.contact_id)
    assert "Hello" in await bodies(conn, company_id=lead.company_id)
    assert "Hello" not in await bodies(conn, lead_id=lead.id)


async def test_a_timeline_is_newest_first_and_goes_on_below(conn: Connection):
    lead = await lead_of(conn)
    for hour in (9, 11, 10):
        at = datetime(2030, 1, 1, hour, tzinfo=UTC)
        await activities.record(conn, kind="note", body=str(hour), by=ADA, lead_id=lead.id, at=at)
    first = await activities.actions.list_timeline(conn, lead_id=lead.id, limit=2)
    assert [line.body for line in first] == ["11", "10"]
    rest = await activities.actions.list_timeline(conn, lead_id=lead.id, before=first[-1])
    assert rest[0].body == "9"


async def test_a_line_must_be_about_something_that_exists(conn: Connection):
    with pytest.raises(ValidationError, match="Say what it is about"):
        await activities.actions.create(conn, activities.forms.NewActivity(kind="note", body="x"), by=ADA)
    with pytest.raises(ValidationError) as caught:
        form = activities.forms.NewActivity(kind="note", body="x", lead_id=404, company_id=405)
        await activities.actions.create(conn, form, by=ADA)
    assert [error.field for error in caught.value.errors] == ["lead_id", "company_id"]


async def test_history_cannot_be_changed(conn: Connection):
    lead = await lead_of(conn)
    (line,) = await activities.actions.list_timeline(conn, lead_id=lead.id)
    with pytest.raises(ConflictError, match="history"):
        await activities.actions.change(conn, line, activities.forms.ChangeActivity(body="Something else"))
    with pytest.raises(ConflictError, match="history"):
        await activities.actions.delete(conn, line)


async def test_a_note_changes_once_for_each_version(conn: Connection):
    lead = await lead_of(conn)
    note = await activities.record(conn, kind="note", body="One", by=ADA, lead_id=lead.id)
    two = await activities.actions.change(conn, note, activities.forms.ChangeActivity(body="Two"))
    assert (two.body, two.version, two.kind) == ("Two", 2, "note")
    with pytest.raises(PreconditionFailedError):
        await activities.actions.change(conn, note, activities.forms.ChangeActivity(body="Three"))
    with pytest.raises(PreconditionFailedError):
        await activities.actions.lock(conn, note.id, 1)


async def test_deleting_a_lead_takes_its_timeline_along(conn: Connection):
    lead = await lead_of(conn)
    await leads.deletion.delete(conn, lead, by=ADA)
    assert await bodies(conn, contact_id=lead.contact_id) == []
    assert (await contacts.get(conn, lead.contact_id or 0)).name == "Zoë"


async def test_days_are_those_of_the_readers_time_zone(conn: Connection):
    lead = await lead_of(conn)
    with clock.at(datetime(2026, 11, 1, 23, 30, tzinfo=UTC)):
        late = await activities.record(conn, kind="note", body="x", by=ADA, lead_id=lead.id)
    assert [(day.date.day, day.lines[0][0]) for day in activities.timeline.group_by_day([late], "UTC")] == [
        (1, "23:30")
    ]
    assert [day.date.day for day in activities.timeline.group_by_day([late], "Europe/Bucharest")] == [2]


def test_words_are_joined_as_people_do():
    assert join_words(["name"]) == "name"
    assert join_words(["name", "phone"]) == "name and phone"
    assert join_words(["name", "phone", "notes"]) == "name, phone and notes"
