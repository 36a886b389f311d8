"""E-mails in the API."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import due_jobs
import factories
import httpx
import pytest
import received_mails as samples

from crm.inbound import mailbox
from crm.kernel.actor import SYSTEM
from crm.kernel.app_context import AppContext
from crm.records import emails, leads
from crm.records.leads import NewLead

Keyed = Callable[..., Awaitable[httpx.AsyncClient]]


async def receive(context: AppContext, *raws: bytes) -> list[emails.models.Email]:
    for raw in raws:
        async with context.db.transaction() as conn:
            await mailbox.store(conn, raw)
    await due_jobs.run(context)
    async with context.db.connection() as conn:
        return (await emails.actions.list_emails(conn, emails.forms.EmailFilter(sort="received_at"))).data


async def create_lead(context: AppContext) -> leads.Lead:
    async with context.db.transaction() as conn:
        return await leads.create(conn, NewLead(name="Howard"), by=SYSTEM, channel="api")


async def test_e_mails_are_listed_and_filtered(keyed: Keyed, context: AppContext):
    first, second = await receive(context, samples.GMAIL, samples.APPLE)
    lead = await create_lead(context)
    program = await keyed("emails:read", "emails:write")
    answer = await program.post(f"/api/v1/emails/{first.id}/attach", json={"lead_id": lead.id})
    assert (answer.status_code, answer.json()["lead_id"]) == (200, lead.id)
    for query, ids in (
        ({}, [second.id, first.id]), ({"lead_id": lead.id}, [first.id]), ({"state": "unmatched"}, [second.id]),
        ({"direction": "out"}, []), ({"contact_id": 999999}, []),
    ):  # fmt: skip
        listed = (await program.get("/api/v1/emails", params=query)).json()
        assert [email["id"] for email in listed["data"]] == ids
    shown = (await program.get(f"/api/v1/emails/{first.id}")).json()
    assert (shown["subject"], shown["verified"]) == ("Re: Your compiler", True)
    assert (await program.post(f"/api/v1/emails/{second.id}/dismiss")).json()["state"] == "dismissed"
    assert (await program.post(f"/api/v1/emails/{second.id}/dismiss")).status_code == 409


async def test_an_e_mail_on_a_record_is_found_by_its_subject(keyed: Keyed, context: AppContext):
    (email,) = await receive(context, samples.GMAIL)
    lead = await create_lead(context)
    program = await keyed("emails:write", "activities:read")
    await program.post(f"/api/v1/emails/{email.id}/attach", json={"lead_id": lead.id})
    (group,) = (await program.get("/api/v1/search", params={"q": "re: your compiler"})).json()["groups"]
    assert group["data"][0]["excerpt"].startswith("Re: Your compiler · ")


@pytest.mark.parametrize(
    ("sent", "status"), [({}, 422), ({"lead_id": 999999}, 422), ({"lead_id": "x"}, 422), ({"color": "red"}, 422)]
)
async def test_a_wrong_record_is_refused(keyed: Keyed, context: AppContext, sent: dict[str, object], status: int):
    (email,) = await receive(context, samples.GMAIL)
    program = await keyed("emails:write")
    answer = await program.post(f"/api/v1/emails/{email.id}/attach", json=sent)
    assert answer.status_code == status
    assert answer.json()["errors"]


async def test_a_key_needs_the_scope(keyed: Keyed, context: AppContext):
    (email,) = await receive(context, samples.GMAIL)
    program = await keyed("leads:read", "emails:read")
    assert (await program.post(f"/api/v1/emails/{email.id}/dismiss")).status_code == 403
    other = await keyed("leads:read")
    assert (await other.get("/api/v1/emails")).status_code == 403
    assert (await other.get("/api/v1/emails/999999")).status_code == 403
    assert (await program.get("/api/v1/emails/999999")).status_code == 404
    assert (await program.get("/api/v1/emails?color=red")).status_code == 422


async def test_a_program_sends_once_in_the_name_of_its_person(client: httpx.AsyncClient, context: AppContext):
    async with context.db.transaction() as conn:
        ada = await factories.create_user(conn)
        _, secret = await factories.create_api_key(conn, "emails:read", "emails:write", by=ada.actor)
        form = NewLead(name="Grace", email="grace@navy.example", message="Hi")
        lead = await leads.create(conn, form, by=SYSTEM, channel="api")
    headers = {"authorization": f"Bearer {secret}", "idempotency-key": "answer-1-of-grace"}
    sent = {"to": ["grace@navy.example"], "subject": "Hello", "body": "Friday?", "send_at": "2030-01-01T10:00:00Z"}
    answers = [await client.post("/api/v1/emails", json=sent, headers=headers) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [201, 201]
    assert answers[0].json()["id"] == answers[1].json()["id"]
    email = answers[0].json()
    assert (email["state"], email["from_name"], email["direction"]) == ("outgoing", "Ada Lovelace", "out")
    async with context.db.connection() as conn:
        row = await conn.fetchrow("SELECT lead_id, user_id, state FROM outgoing_emails")
    assert tuple(row) == (lead.id, ada.id, "pending")
    for changes, field in (
        ({"to": ["nobody"]}, "to"), ({"body": "{{name}}"}, "body"), ({"to": ["a@x.example"]}, "to"),
        ({"lead_id": 999999}, "lead_id"), ({"subject": ""}, "subject"), ({"send_at": "tomorrow"}, "send_at"),
    ):  # fmt: skip
        wrong = await client.post("/api/v1/emails", json=sent | changes, headers={"authorization": f"Bearer {secret}"})
        assert (wrong.status_code, wrong.json()["errors"][0]["field"]) == (422, field)


async def test_a_key_of_nobody_sends_nothing(keyed: Keyed):
    program = await keyed("emails:write")
    answer = await program.post("/api/v1/emails", json={"to": ["a@x.example"], "subject": "x", "body": "x"})
    assert answer.status_code == 403
    assert "belongs to no person" in answer.json()["detail"]
