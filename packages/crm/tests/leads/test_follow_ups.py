from __future__ import annotations

from datetime import UTC, datetime

import httpx
import pytest

from crm.kernel.actor import SYSTEM, VISITOR
from crm.kernel.app_context import AppContext
from crm.kernel.db import Connection
from crm.kernel.errors import ConflictError
from crm.outbound.notifications import messages
from crm.records import activities, leads
from crm.records.leads import follow_ups


async def write(conn: Connection, **values: object) -> leads.Lead:
    form = leads.NewLead(**{"name": "Ada Lovelace", "email": "ada@acme.example", **values})  # type: ignore[arg-type]
    return await leads.create(conn, form, by=VISITOR, channel="site")


async def pair(context: AppContext, **values: object) -> tuple[leads.Lead, leads.Lead]:
    """An open lead of EUR 18,000 and a second enquiry of the same person."""
    async with context.db.transaction() as conn:
        first = await write(conn, name="Ada at work", value=18000)
        first = await leads.move(conn, first, "proposal", SYSTEM)
        return first, await write(conn, message="One more question.", phone="+49 30 1234567", **values)


async def test_a_second_enquiry_shows_the_open_lead_on_its_page_and_on_today(
    signed_in: httpx.AsyncClient, context: AppContext
):
    first, second = await pair(context)
    for path in (f"/leads/{second.id}", "/"):
        page = (await signed_in.get(path)).text
        assert "Open lead of this person:" in page
        assert f'<a href="/leads/{first.id}" dir="auto">Ada at work</a> (Proposal), EUR 18,000' in page
        assert "Add to it" in page
        assert "Keep separate" in page
    assert "Open lead of this person" not in (await signed_in.get(f"/leads/{first.id}")).text


async def test_adding_it_moves_the_words_and_notes_to_the_open_lead(signed_in: httpx.AsyncClient, context: AppContext):
    first, second = await pair(context)
    async with context.db.transaction() as conn:
        note = activities.forms.NewActivity(kind="call", body="She called.", lead_id=second.id)
        await activities.actions.create(conn, note, by=SYSTEM)
    answer = await signed_in.post(f"/leads/{second.id}/add-to/{first.id}")
    assert answer.headers["location"] == f"/leads/{first.id}"
    page = (await signed_in.get(f"/leads/{first.id}")).text
    assert "She called." in page
    assert f"Ada Lovelace wrote again ({second.reference}" in page
    assert "One more question." in page
    assert "Phone: +49 30 1234567" in page
    assert follow_ups.ANSWER in page
    assert (await signed_in.get(f"/leads/{second.id}")).status_code == 404
    assert (await signed_in.post(f"/leads/{second.id}/restore")).status_code == 303
    assert (await signed_in.get(f"/leads/{second.id}")).status_code == 200


async def test_undoing_it_takes_back_the_note_the_calls_and_the_next_step(
    signed_in: httpx.AsyncClient, context: AppContext
):
    first, second = await pair(context)
    async with context.db.transaction() as conn:
        note = activities.forms.NewActivity(kind="call", body="She called.", lead_id=second.id)
        await activities.actions.create(conn, note, by=SYSTEM)
        before = [each.body for each in await activities.actions.list_timeline(conn, lead_id=first.id)]
    await signed_in.post(f"/leads/{second.id}/add-to/{first.id}")
    await signed_in.post(f"/leads/{second.id}/restore")
    async with context.db.connection() as conn:
        assert [each.body for each in await activities.actions.list_timeline(conn, lead_id=first.id)] == before
        again = await leads.get(conn, first.id)
        assert (again.next_action, again.next_action_on) == ("", None)
    assert "She called." in (await signed_in.get(f"/leads/{second.id}")).text


async def test_undoing_it_keeps_a_note_and_a_step_that_somebody_has_changed_since(
    signed_in: httpx.AsyncClient, context: AppContext
):
    first, second = await pair(context)
    await signed_in.post(f"/leads/{second.id}/add-to/{first.id}")
    async with context.db.transaction() as conn:
        (note,) = [
            each for each in await activities.actions.list_timeline(conn, lead_id=first.id) if each.kind == "note"
        ]
        await activities.actions.change(conn, note, activities.forms.ChangeActivity(body="My own words."))
        lead = await leads.lock(conn, first.id)
        await leads.change(conn, lead, leads.ChangeLead(next_action="Call her"), by=SYSTEM)
    await signed_in.post(f"/leads/{second.id}/restore")
    page = (await signed_in.get(f"/leads/{first.id}")).text
    assert "My own words." in page
    assert "Call her" in page


async def test_a_lead_that_is_kept_separate_is_asked_about_no_more(signed_in: httpx.AsyncClient, context: AppContext):
    _, second = await pair(context)
    assert (await signed_in.post(f"/leads/{second.id}/separate")).status_code == 303
    assert "Open lead of this person" not in (await signed_in.get(f"/leads/{second.id}")).text
    assert "Open lead of this person" not in (await signed_in.get("/")).text


async def test_only_an_open_lead_of_the_same_person_can_take_an_enquiry(conn: Connection):
    first, second = await write(conn), await write(conn)
    stranger = await write(conn, email="bob@other.example")
    won = await leads.move(conn, first, "won", SYSTEM)
    assert await leads.find_open_leads(conn, [second.id, stranger.id]) == {}
    for other in (won, stranger, second):
        with pytest.raises(ConflictError):
            await follow_ups.add_to_open_lead(conn, second, other, by=SYSTEM)


async def test_the_mail_of_a_second_enquiry_names_the_open_lead(conn: Connection):
    await write(conn, name="Ada [at] work", value=18000)
    await write(conn, message="One more question.")
    payloads = await conn.fetch("SELECT payload FROM events WHERE kind = 'lead.created' ORDER BY id")
    first, second = (messages.build_message("lead.created", row["payload"], markup=False) for row in payloads)
    assert first is not None
    assert second is not None
    assert "Open lead of this person" not in first.body
    assert "Open lead of this person: Ada [at] work (New), EUR 18,000." in second.body


@pytest.mark.parametrize(
    "path",
    ["/leads/1/add-to/2", "/leads/1/separate", "/contacts/1/keep", "/contacts/1/ignore"],
)
async def test_these_pages_are_for_people_and_for_records_that_exist(
    client: httpx.AsyncClient, signed_in: httpx.AsyncClient, path: str
):
    assert (await signed_in.post(path, data={"field": "phone", "lead_id": "1"})).status_code == 404
    client.cookies.clear()
    assert (await client.post(path)).headers["location"].startswith("/sign-in")


async def test_a_phone_of_a_known_contact_is_proposed_and_kept_by_a_person(
    signed_in: httpx.AsyncClient, context: AppContext
):
    _, second = await pair(context)
    for path in (f"/leads/{second.id}", f"/contacts/{second.contact_id}"):
        page = (await signed_in.get(path)).text
        assert "This enquiry came with" in page
        assert f'<a href="/leads/{second.id}" dir="auto">+49 30 1234567</a>' in page
    form = {"field": "phone", "lead_id": str(second.id)}
    answer = await signed_in.post(f"/contacts/{second.contact_id}/keep", data=form)
    assert answer.headers["location"] == f"/contacts/{second.contact_id}"
    page = (await signed_in.get(f"/contacts/{second.contact_id}")).text
    assert "This enquiry came with" not in page
    assert 'href="tel:+49301234567"' in page
    async with context.db.connection() as conn:
        changed = await conn.fetchval("SELECT payload -> 'changed' FROM events WHERE kind = 'contact.changed'")
    assert changed == ["phone"]
    assert (await signed_in.post(f"/contacts/{second.contact_id}/keep", data=form)).status_code == 404
    wrong = await signed_in.post(f"/contacts/{second.contact_id}/keep", data={"field": "name", "lead_id": "x"})
    assert wrong.status_code == 422


async def test_an_enquiry_says_when_it_came_in_the_note(conn: Connection):
    first = await write(conn)
    form = leads.NewLead(name="Ada", email="ada@acme.example", message="Again.")
    at = datetime(2026, 11, 22, 12, tzinfo=UTC)
    second = await leads.create(conn, form, by=VISITOR, channel="site", received_at=at)
    await follow_ups.add_to_open_lead(conn, second, first, by=SYSTEM)
    (note,) = [line for line in await activities.actions.list_timeline(conn, lead_id=first.id) if line.kind == "note"]
    assert note.at == at
    assert "Sun 22 Nov 2026, 14:00 EET" in note.body


async def test_what_a_contact_ignores_is_not_proposed_again_until_that_is_undone(
    signed_in: httpx.AsyncClient, context: AppContext
):
    _, second = await pair(context)
    form = {"field": "phone", "lead_id": str(second.id)}
    answer = await signed_in.post(f"/contacts/{second.contact_id}/ignore", data=form)
    assert answer.status_code == 303
    async with context.db.transaction() as conn:
        third = await write(conn, message="And another.", phone="+49 30 1234567")
    for path in (answer.headers["location"], f"/leads/{second.id}", f"/leads/{third.id}"):
        assert "This enquiry came with" not in (await signed_in.get(path)).text
    assert (await signed_in.post(f"/contacts/{second.contact_id}/ignore", data=form)).status_code == 404
    async with context.db.connection() as conn:
        change = await conn.fetchval("SELECT max(id) FROM change_sets")
    assert "+49 30 1234567" in (await signed_in.get(f"/changes/{change}")).text
    assert (await signed_in.post(f"/changes/{change}/undo")).status_code == 303
    assert "This enquiry came with" in (await signed_in.get(f"/leads/{third.id}")).text


async def test_an_ignored_value_does_not_hide_another_one(signed_in: httpx.AsyncClient, context: AppContext):
    _, second = await pair(context)
    await signed_in.post(f"/contacts/{second.contact_id}/ignore", data={"field": "phone", "lead_id": str(second.id)})
    async with context.db.transaction() as conn:
        await write(conn, message="A new number.", phone="+49 30 7654321")
    assert "+49 30 7654321" in (await signed_in.get(f"/contacts/{second.contact_id}")).text
