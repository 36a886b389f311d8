"""Undo: every change of a person can be taken back where nothing later conflicts."""

from __future__ import annotations

import re
from datetime import timedelta
from html import unescape
from urllib.parse import unquote

import due_jobs
import factories
import httpx
import pytest

from crm.kernel import clock
from crm.kernel.actor import SYSTEM
from crm.kernel.app_context import AppContext
from crm.records import leads
from crm.workspace import undo


def read_toast(answer: httpx.Response) -> tuple[str, str]:
    """The text of the toast, and where its Undo goes."""
    signed = answer.headers["set-cookie"].partition("=")[2].partition(";")[0]
    text, _, url = unquote(signed.partition(".")[2]).partition("\n")
    return text, url


@pytest.fixture
async def lead(signed_in: httpx.AsyncClient, context: AppContext) -> leads.Lead:
    """A lead that nobody has changed."""
    async with context.db.transaction() as conn:
        form = leads.NewLead(name="Grace Hopper", email="grace@navy.example", value=1000, currency="EUR")
        return await leads.create(conn, form, by=SYSTEM, channel="manual")


async def read(context: AppContext, lead_id: int) -> leads.Lead:
    async with context.db.connection() as conn:
        return await leads.get(conn, lead_id)


async def edit(client: httpx.AsyncClient, lead_id: int, field: str, value: str, was: str) -> str:
    """Edit one field in place. Returns the URL of Undo."""
    data = {"field": field, "value": value, "was": was}
    text, url = read_toast(await client.post(f"/leads/{lead_id}/field", data=data))
    assert text == "Saved."
    return url


async def test_an_edit_is_undone_and_the_undo_too(
    signed_in: httpx.AsyncClient, lead: leads.Lead, context: AppContext
) -> None:
    url = await edit(signed_in, lead.id, "phone", "+49 30 1234567", "")
    assert (await read(context, lead.id)).phone == "+49 30 1234567"
    answer = await signed_in.post(url)
    assert answer.headers["location"] == f"/leads/{lead.id}"
    assert (await read(context, lead.id)).phone == ""
    text, redo = read_toast(answer)
    assert text == "1 change undone."
    await signed_in.post(redo)
    assert (await read(context, lead.id)).phone == "+49 30 1234567"


async def test_a_move_is_undone_with_the_reason_and_the_next_step(
    signed_in: httpx.AsyncClient, lead: leads.Lead, context: AppContext
) -> None:
    async with context.db.transaction() as conn:
        step = leads.ChangeLead(next_action="Call her")
        await leads.change(conn, await leads.lock(conn, lead.id), step, by=SYSTEM)
    data = {"status": "lost", "was": "new", "lost_reason": "No budget"}
    _, url = read_toast(await signed_in.post(f"/leads/{lead.id}/status", data=data))
    lost = await read(context, lead.id)
    assert (lost.status, lost.lost_reason, lost.next_action) == ("lost", "No budget", "")
    await signed_in.post(url)
    back = await read(context, lead.id)
    assert (back.status, back.lost_reason, back.next_action) == ("new", "", "Call her")


async def test_a_new_lead_goes_to_the_trash_and_a_deleted_one_comes_back(
    signed_in: httpx.AsyncClient, context: AppContext
) -> None:
    answer = await signed_in.post("/leads", data={"name": "Ada", "email": "ada@acme.example"})
    lead_id = int(answer.headers["location"].rpartition("/")[2].partition("?")[0])
    answer = await signed_in.post(read_toast(answer)[1])
    assert answer.headers["location"] == "/leads"
    assert (await signed_in.get(f"/leads/{lead_id}")).status_code == 404
    await signed_in.post(read_toast(answer)[1])
    assert (await read(context, lead_id)).name == "Ada"


async def test_undo_leads_back_to_where_it_was_pressed_or_to_what_is_there_again(
    signed_in: httpx.AsyncClient, lead: leads.Lead
) -> None:
    for back, location in (
        ("/pipeline?owner_id=1", "/pipeline?owner_id=1"), ("//evil.example", "/"), ("", f"/leads/{lead.id}"),
    ):  # fmt: skip
        url = await edit(signed_in, lead.id, "phone", "+49 30 1234567", "")
        assert (await signed_in.post(url, data={"back": back})).headers["location"] == location
    _, url = read_toast(await signed_in.post(f"/leads/{lead.id}/delete"))
    assert (await signed_in.post(url, data={"back": "/leads"})).headers["location"] == f"/leads/{lead.id}"
    answer = await signed_in.post("/leads", data={"name": "Ada", "email": "ada@acme.example"})
    gone = answer.headers["location"].partition("?")[0]
    assert (await signed_in.post(read_toast(answer)[1], data={"back": gone})).headers["location"] == "/leads"


async def test_a_deleted_note_comes_back_as_it_was(
    signed_in: httpx.AsyncClient, lead: leads.Lead, context: AppContext
) -> None:
    await signed_in.post("/activities", data={"kind": "note", "body": "She likes COBOL.", "lead_id": str(lead.id)})
    async with context.db.connection() as conn:
        note = await conn.fetchrow("SELECT * FROM activities WHERE kind = 'note'")
    _, url = read_toast(await signed_in.post(f"/activities/{note['id']}/delete"))
    async with context.db.connection() as conn:
        assert await conn.fetchrow("SELECT FROM activities WHERE kind = 'note'") is None
    answer = await signed_in.post(url)
    assert answer.headers["location"] == f"/leads/{lead.id}"
    async with context.db.connection() as conn:
        assert dict(await conn.fetchrow("SELECT * FROM activities WHERE kind = 'note'")) == dict(note)


async def test_what_somebody_else_changed_since_is_asked_about_field_by_field(
    signed_in: httpx.AsyncClient, lead: leads.Lead, context: AppContext
) -> None:
    data = {"name": "Grace", "email": lead.email, "value": "5000", "currency": "EUR", "version": str(lead.version)}
    _, url = read_toast(await signed_in.post(f"/leads/{lead.id}", data=data))
    async with context.db.transaction() as conn:
        later = leads.ChangeLead(value=7000.0)
        await leads.change(conn, await leads.lock(conn, lead.id), later, by=SYSTEM)
    asked = await signed_in.post(url)
    assert asked.status_code == 409
    assert "7000.00" in asked.text
    assert re.findall(r'type="radio" id="\w+-1" name="([^"]+)" value="(\w+)"', asked.text) == [
        (f"lead-{lead.id}.value", "keep"), (f"lead-{lead.id}.value", "restore"),
    ]  # fmt: skip
    assert (await read(context, lead.id)).name == "Grace"
    text, _ = read_toast(await signed_in.post(url, data={f"lead-{lead.id}.value": "keep"}))
    assert text == "1 change undone. 1 later change kept."
    kept = await read(context, lead.id)
    assert (kept.name, float(kept.value)) == ("Grace Hopper", 7000)


async def test_a_chosen_field_is_put_back_over_a_later_change(
    signed_in: httpx.AsyncClient, lead: leads.Lead, context: AppContext
) -> None:
    url = await edit(signed_in, lead.id, "phone", "+49 30 1234567", "")
    await edit(signed_in, lead.id, "phone", "+49 30 7654321", "+49 30 1234567")
    assert (await signed_in.post(url)).status_code == 409
    await signed_in.post(url, data={f"lead-{lead.id}.phone": "restore"})
    assert (await read(context, lead.id)).phone == ""


async def test_undo_of_a_change_to_a_deleted_lead_says_so_and_can_be_confirmed(
    signed_in: httpx.AsyncClient, lead: leads.Lead
) -> None:
    url = await edit(signed_in, lead.id, "phone", "+49 30 1234567", "")
    await signed_in.post(f"/leads/{lead.id}/delete")
    asked = await signed_in.post(url)
    assert asked.status_code == 409
    assert "It was deleted since. Restore it first." in asked.text
    assert 'value="restore"' not in asked.text
    text, _ = read_toast(await signed_in.post(url, data={f"lead-{lead.id}.": "keep"}))
    assert text == "Nothing was left to undo. 1 later change kept."


async def test_nothing_is_undone_twice(signed_in: httpx.AsyncClient, lead: leads.Lead) -> None:
    url = await edit(signed_in, lead.id, "phone", "+49 30 1234567", "")
    await signed_in.post(url)
    text, _ = read_toast(await signed_in.post(url))
    assert text == "Ada Lovelace has already undone this."


async def test_an_undo_that_a_rule_forbids_is_a_conflict_and_the_rest_is_done(
    signed_in: httpx.AsyncClient, context: AppContext
) -> None:
    data = {"name": "Ada", "email": "ada@acme.example", "phone": "+49 30 1234567"}
    answer = await signed_in.post("/contacts", data=data)
    path = answer.headers["location"].partition("?")[0]
    changed = {"name": "Ada Lovelace", "email": "lovelace@acme.example", "phone": "+49 30 1234567"}
    _, url = read_toast(await signed_in.post(path, data=changed))
    await signed_in.post("/contacts", data={"name": "Another Ada", "email": "ada@acme.example"})
    asked = await signed_in.post(url)
    assert asked.status_code == 409
    assert "already the address of Another Ada" in asked.text


async def test_the_list_shows_who_changed_what_and_the_page_old_and_new(
    signed_in: httpx.AsyncClient, lead: leads.Lead
) -> None:
    url = await edit(signed_in, lead.id, "phone", "+49 30 1234567", "")
    page = (await signed_in.get("/changes?by=me")).text
    assert "Changed lead <span" in page
    assert "Grace Hopper" in page
    assert url in page
    detail = (await signed_in.get(url.removesuffix("/undo"))).text
    assert "Phone" in detail
    assert "+49 30 1234567" in detail
    assert (await signed_in.get("/changes/987654")).status_code == 404


async def test_what_a_newer_release_has_recorded_is_shown_and_stays(
    signed_in: httpx.AsyncClient, lead: leads.Lead, context: AppContext
) -> None:
    url = await edit(signed_in, lead.id, "phone", "+49 30 1234567", "")
    async with context.db.connection() as conn:
        await conn.execute("UPDATE changes SET noun = 'invoice'")
    for page in ("/changes", url.removesuffix("/undo")):
        assert "invoice" in (await signed_in.get(page)).text
    asked = await signed_in.post(url)
    assert asked.status_code == 409
    assert "A newer release has recorded this." in asked.text


async def test_jobs_and_visitors_leave_no_change_set(lead: leads.Lead, context: AppContext) -> None:
    async with context.db.transaction() as conn:
        await leads.change(conn, await leads.lock(conn, lead.id), leads.ChangeLead(title="A ship"), by=SYSTEM)
        assert await conn.fetchval("SELECT count(*) FROM change_sets") == 0


async def test_a_program_undoes_its_change_and_learns_of_conflicts(
    client: httpx.AsyncClient, lead: leads.Lead, context: AppContext
) -> None:
    async with context.db.transaction() as conn:
        _, secret = await factories.create_api_key(conn, "leads:write", "changes:read", "changes:write")
    client.headers["authorization"] = f"Bearer {secret}"
    for hours in (8, 16):
        sent = await client.patch(f"/api/v1/leads/{lead.id}", json={"hours": hours}, headers={"if-match": "*"})
        assert sent.status_code == 200
    newest, first = (await client.get("/api/v1/changes")).json()["data"]
    refused = await client.post(f"/api/v1/changes/{first['id']}/undo", json={})
    assert refused.status_code == 409
    assert f"lead-{lead.id}.hours" in refused.json()["detail"]
    done = await client.post(f"/api/v1/changes/{newest['id']}/undo", json={})
    assert done.json() == {"undone": 1, "kept": 0, "running": False}
    shown = (await client.get(f"/api/v1/changes/{newest['id']}")).json()
    assert shown["change_set"]["undone_by"] == "A program"
    assert shown["changes"][0]["before"] == {"hours": 8}
    kept = await client.post(f"/api/v1/changes/{first['id']}/undo", json={"conflicts": "keep"})
    assert kept.status_code == 200
    assert (await client.post("/api/v1/changes/987654/undo", json={})).status_code == 404
    assert (await client.post(f"/api/v1/changes/{first['id']}/undo", json={"conflicts": "x"})).status_code == 422


async def test_old_change_sets_are_deleted_twice_without_harm(
    signed_in: httpx.AsyncClient, lead: leads.Lead, context: AppContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    await edit(signed_in, lead.id, "phone", "+49 30 1234567", "")
    now = clock.now()
    monkeypatch.setattr(clock, "now", lambda: now + timedelta(days=29))
    await undo.delete_old(context, {})
    async with context.db.connection() as conn:
        assert await conn.fetchval("SELECT count(*) FROM change_sets") == 1
    monkeypatch.setattr(clock, "now", lambda: now + timedelta(days=31))
    for _ in range(2):
        await undo.delete_old(context, {})
    async with context.db.connection() as conn:
        assert await conn.fetchval("SELECT count(*) FROM changes") == 0
    await due_jobs.run(context)


async def test_the_timeline_says_old_and_new_of_each_field_and_links_to_the_change(
    signed_in: httpx.AsyncClient, lead: leads.Lead, context: AppContext
) -> None:
    async with context.db.transaction() as conn:
        owner = await factories.create_user(conn, "Grace Hopper", role="member")
    page = f"/leads/{lead.id}"
    await edit(signed_in, lead.id, "value", "2500", "1000")
    await edit(signed_in, lead.id, "owner_id", str(owner.id), "")
    await signed_in.post(f"{page}/status", data={"status": "qualified", "was": "new"})
    await signed_in.post(f"{page}/next", data={"next_action": "Call", "was": ""})
    await signed_in.post(f"{page}/next", data={"next_action": "Write", "next_action_on": "2026-12-01", "was": "Call"})
    shown = (await signed_in.get(page)).text
    lines = dict(
        re.findall(r'<span dir="auto">Ada Lovelace ([^<]+)</span> <a class="faint" href="(/changes/\d+)"', shown)
    )
    assert [unescape(line) for line in lines] == [
        "changed the next step from “Call” to “Write” and the date of the next step to 1 Dec 2026.",
        "set the next step: Call",
        "moved it from New to Qualified.",
        "changed the owner to Grace Hopper.",
        "changed the value from EUR 1,000 to EUR 2,500.",
    ]
    moved = (await signed_in.get(lines["moved it from New to Qualified."])).text
    assert re.search(r"Status.*New.*Qualified", moved, flags=re.DOTALL)
    async with context.db.connection() as conn:
        await conn.execute("UPDATE activities SET at = at - interval '31 days'")
    timeline = (await signed_in.get(page)).text.partition('id="timeline"')[2].partition("</ol>")[0]
    assert "changed the owner to Grace Hopper." in timeline
    assert "/changes/" not in timeline
