"""A webhook is no way around the scopes of a key."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import due_jobs
import factories
import httpx
import pytest
from http_sink import run_http_sink

from crm.accounts import api_keys
from crm.event_names import EventName
from crm.kernel.app_context import AppContext
from crm.outbound.webhooks import scopes

Keyed = Callable[..., Awaitable[httpx.AsyncClient]]
URL = "https://hooks.example.org/crm"
WEBHOOKS = ("webhooks:read", "webhooks:write")


@pytest.mark.parametrize("event", EventName)
def test_every_event_has_a_scope_that_reads_it(event: EventName):
    assert scopes.scope_of(event) in api_keys.models.SCOPES


@pytest.mark.parametrize(
    ("events", "missing"),
    [
        (["lead.created"], "leads:read"), (["submission.quarantined"], "leads:read"),
        (["contact.deleted", "webhook.paused"], "contacts:read"), (["company.changed"], "companies:read"),
        (["lead.created", "contact.created"], "contacts:read, leads:read"), (["*"], "leads:read"),
    ],
)  # fmt: skip
async def test_adding_an_endpoint_needs_the_scope_of_its_events(keyed: Keyed, events: list[str], missing: str):
    program = await keyed(*WEBHOOKS)
    answer = await program.post("/api/v1/webhooks", json={"name": "Spy", "url": URL, "events": events})
    assert answer.status_code == 403
    assert missing in answer.json()["detail"]
    assert (await program.get("/api/v1/webhooks")).json()["total"] == 0


async def test_a_key_with_the_scopes_may_add_and_change_it(keyed: Keyed):
    program = await keyed(*WEBHOOKS, "leads:read")
    added = await program.post("/api/v1/webhooks", json={"name": "Mine", "url": URL, "events": ["lead.created"]})
    assert added.status_code == 201
    path, match = added.headers["location"], {"if-match": "*"}
    other = f"{URL}/other"
    assert (
        await program.patch(path, json={"url": other, "events": ["lead.changed"]}, headers=match)
    ).status_code == 200
    refused = await program.patch(path, json={"events": ["contact.created"]}, headers=match)
    assert refused.status_code == 403
    narrow = await keyed(*WEBHOOKS)
    assert (await narrow.patch(path, json={"url": URL}, headers=match)).status_code == 403
    assert (await narrow.patch(path, json={"name": "Yours", "active": False}, headers=match)).status_code == 200


async def test_what_was_sent_cannot_be_sent_again_to_a_new_address(keyed: Keyed, clean: AppContext):
    async with clean.db.transaction() as conn:
        webhook, _ = await factories.create_webhook(conn, clean, URL, "lead.created")
        await conn.execute(
            "INSERT INTO webhook_deliveries (webhook_id, message_id, event_kind, body, created_at)"
            " VALUES ($1, 'msg_1', 'lead.created', '{}', now())",
            webhook.id,
        )
    program = await keyed(*WEBHOOKS, "contacts:read")
    path, match = f"/api/v1/webhooks/{webhook.id}", {"if-match": "*"}
    assert (await program.patch(path, json={"events": ["contact.created"]}, headers=match)).status_code == 200
    answer = await program.patch(path, json={"url": "https://evil.example.org/"}, headers=match)
    assert answer.status_code == 403
    assert "leads:read" in answer.json()["detail"]


async def test_reading_a_payload_needs_the_scope_of_what_is_in_it(keyed: Keyed, clean: AppContext):
    async with run_http_sink() as receiver:
        async with clean.db.transaction() as conn:
            webhook, _ = await factories.create_webhook(conn, clean, receiver.url, "lead.created")
        creator = await keyed("leads:write")
        await creator.post("/api/v1/leads", json={"name": "Grace Hopper", "email": "grace@navy.example"})
        await due_jobs.run(clean)
    path = f"/api/v1/webhooks/{webhook.id}/deliveries"
    narrow, wide = await keyed(*WEBHOOKS), await keyed(*WEBHOOKS, "leads:read")
    hidden, shown = await narrow.get(path), await wide.get(path)
    assert hidden.status_code == shown.status_code == 200
    assert "Grace" not in hidden.text and "navy" not in hidden.text
    assert hidden.json()["data"][0]["body"] is None
    assert "Grace Hopper" in shown.json()["data"][0]["body"]
    again = await narrow.post(f"{path}/{hidden.json()['data'][0]['id']}/redeliver")
    assert again.status_code == 202
    assert "Grace" not in again.text


async def test_a_test_message_can_be_read_by_every_key_of_webhooks(keyed: Keyed, clean: AppContext):
    async with clean.db.transaction() as conn:
        webhook, _ = await factories.create_webhook(conn, clean, URL, "lead.created")
    program = await keyed(*WEBHOOKS)
    sent = await program.post(f"/api/v1/webhooks/{webhook.id}/test")
    assert "Nothing happened" in sent.json()["body"]
