"""E-mails in the API."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import due_jobs
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
        return (await emails.list_emails(conn, emails.EmailFilter(sort="received_at"))).data


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
