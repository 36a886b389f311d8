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


@pytest.mark.parametrize("path", ["/leads/1/add-to/2", "/leads/1/separate", "/contacts/1/keep"])
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
