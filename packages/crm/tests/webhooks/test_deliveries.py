from __future__ import annotations

import base64
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import due_jobs
import factories
import pytest
from http_sink import HttpSink, ReceivedRequest, Reply, run_http_sink
from standardwebhooks.webhooks import Webhook as Verifier
from standardwebhooks.webhooks import WebhookVerificationError

from crm.kernel import clock, events
from crm.kernel.actor import SYSTEM
from crm.kernel.app_context import AppContext
from crm.kernel.errors import ConflictError
from crm.outbound.webhooks import actions, deliveries, jobs
from crm.outbound.webhooks.events import WebhookPaused
from crm.outbound.webhooks.forms import DeliveryFilter
from crm.outbound.webhooks.models import DeliveryDetail, Webhook
from crm.workspace.operations import jobs as retention

NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)
PAUSES = (5, 60, 300, 1800, 7200, 86400)


@pytest.fixture
async def endpoint() -> AsyncIterator[HttpSink]:
    async with run_http_sink() as endpoint:
        yield endpoint


async def add_webhook(context: AppContext, url: str, *kinds: str) -> tuple[Webhook, str]:
    async with context.db.transaction() as conn:
        return await factories.create_webhook(conn, context, url, *kinds)


async def publish_event(context: AppContext, name: str = "Orders", at: datetime | None = None) -> None:
    """Publish an event: some other endpoint was paused."""
    async with context.db.transaction() as conn:
        with clock.at(at or clock.now()):
            await events.publish(conn, WebhookPaused(id=7, name=name, reason="It broke.", failing_since=None))


async def list_sent(context: AppContext, webhook: Webhook) -> list[DeliveryDetail]:
    async with context.db.connection() as conn:
        return (await deliveries.list_deliveries(conn, webhook.id, DeliveryFilter(limit=100))).data


async def reload(context: AppContext, webhook: Webhook) -> Webhook:
    async with context.db.connection() as conn:
        return await actions.get(conn, webhook.id)


def verify(secret: str, received: ReceivedRequest) -> dict[str, object]:
    message: dict[str, object] = Verifier(secret).verify(received.body, received.headers)
    return message


async def test_an_endpoint_receives_the_events_it_asked_for_and_can_verify_the_signature(
    clean: AppContext, endpoint: HttpSink
):
    _, secret = await add_webhook(clean, endpoint.url, "webhook.paused")
    await publish_event(clean)
    await due_jobs.run(clean)
    (request,) = endpoint.received
    message = verify(secret, request)
    assert message["type"] == "webhook.paused"
    assert message["data"] == {"id": 7, "name": "Orders", "reason": "It broke.", "failing_since": None}
    assert datetime.fromisoformat(str(message["timestamp"])).tzinfo is not None
    assert request.method == "POST"
    assert request.headers["content-type"] == "application/json"


async def test_a_signature_does_not_match_another_body_or_secret(clean: AppContext, endpoint: HttpSink):
    _, secret = await add_webhook(clean, endpoint.url, "*")
    await publish_event(clean)
    await due_jobs.run(clean)
    (request,) = endpoint.received
    with pytest.raises(WebhookVerificationError):
        Verifier(secret).verify(request.body.replace(b"Orders", b"Others"), request.headers)
    with pytest.raises(WebhookVerificationError):
        Verifier("whsec_" + base64.b64encode(b"x" * 32).decode()).verify(request.body, request.headers)


async def test_only_endpoints_that_asked_get_a_delivery(clean: AppContext, endpoint: HttpSink):
    some, _ = await add_webhook(clean, endpoint.url, "lead.created", "webhook.paused")
    every, _ = await add_webhook(clean, endpoint.url, "*")
    other, _ = await add_webhook(clean, endpoint.url, "lead.created")
    await publish_event(clean)
    assert [len(await list_sent(clean, webhook)) for webhook in (some, every, other)] == [1, 1, 0]


async def test_a_rolled_back_event_is_sent_to_nobody(clean: AppContext, endpoint: HttpSink):
    webhook, _ = await add_webhook(clean, endpoint.url, "*")
    with pytest.raises(ZeroDivisionError):
        async with clean.db.transaction() as conn:
            await events.publish(conn, WebhookPaused(id=7, name="x", reason="x", failing_since=None))
            raise ZeroDivisionError
    assert await list_sent(clean, webhook) == []
    assert await due_jobs.list_jobs(clean) == []


async def test_a_failing_delivery_is_retried_six_times_with_the_same_bytes(clean: AppContext, endpoint: HttpSink):
    webhook, _ = await add_webhook(clean, endpoint.url, "*")
    endpoint.replies = [Reply(500, body=b"broken")]
    await publish_event(clean, at=NOON)
    at = NOON
    for pause in PAUSES:
        assert await due_jobs.run(clean, at) == 1
        (delivery,) = await list_sent(clean, webhook)
        assert delivery.state == "pending"
        assert delivery.next_at == at + timedelta(seconds=pause)
        assert await due_jobs.run(clean, delivery.next_at - timedelta(seconds=1)) == 0
        at = delivery.next_at
    await due_jobs.run(clean, at)
    delivery = (await list_sent(clean, webhook))[-1]
    assert (delivery.state, delivery.next_at) == ("failed", None)
    mine = [request for request in endpoint.received if b"Orders" in request.body]
    assert len(mine) == 7
    assert len({(request.body, request.headers["webhook-id"]) for request in mine}) == 1
    assert len({request.headers["webhook-timestamp"] for request in mine}) == 7
    assert [attempt.status for attempt in delivery.attempts] == [500] * 7
    assert delivery.attempts[0].answer == "broken"


async def test_a_successful_retry_ends_the_failure(clean: AppContext, endpoint: HttpSink):
    webhook, _ = await add_webhook(clean, endpoint.url, "*")
    endpoint.replies = [Reply(503), Reply(204, body=b"")]
    await publish_event(clean, at=NOON)
    await due_jobs.run(clean, NOON)
    assert (await reload(clean, webhook)).failing_since == NOON
    await due_jobs.run(clean, NOON + timedelta(seconds=5))
    (delivery,) = await list_sent(clean, webhook)
    assert delivery.state == "delivered"
    assert [attempt.status for attempt in delivery.attempts] == [503, 204]
    assert (await reload(clean, webhook)).failing_since is None
    assert await due_jobs.list_jobs(clean) == []


async def test_the_history_says_why_nobody_answered(clean: AppContext):
    async with run_http_sink() as gone:
        url = gone.url
    webhook, _ = await add_webhook(clean, url, "*")
    await publish_event(clean)
    await due_jobs.run(clean)
    (delivery,) = await list_sent(clean, webhook)
    (attempt,) = delivery.attempts
    assert attempt.status is None
    assert "does not take connections" in attempt.error


async def test_a_redirect_counts_as_a_failure(clean: AppContext, endpoint: HttpSink):
    webhook, _ = await add_webhook(clean, endpoint.url, "*")
    endpoint.replies = [Reply(307, {"location": endpoint.url})]
    await publish_event(clean)
    await due_jobs.run(clean)
    (delivery,) = await list_sent(clean, webhook)
    assert (delivery.state, delivery.attempts[0].status, len(endpoint.received)) == ("pending", 307, 1)


async def test_a_job_that_runs_twice_calls_once_when_the_first_was_recorded(clean: AppContext, endpoint: HttpSink):
    await add_webhook(clean, endpoint.url, "*")
    await publish_event(clean)
    ((_, payload, _),) = await due_jobs.list_jobs(clean)
    await jobs.deliver(clean, payload)
    await jobs.deliver(clean, payload)
    assert len(endpoint.received) == 1


async def test_an_endpoint_that_answers_gone_is_paused_at_once_with_an_event(clean: AppContext, endpoint: HttpSink):
    webhook, _ = await add_webhook(clean, endpoint.url, "*")
    endpoint.replies = [Reply(410)]
    await publish_event(clean)
    await due_jobs.run(clean)
    paused = await reload(clean, webhook)
    assert not paused.active
    assert "410 Gone" in paused.pause_reason
    async with clean.db.connection() as conn:
        message = await conn.fetchval("SELECT payload FROM events ORDER BY id DESC LIMIT 1")
    assert message["id"] == webhook.id
    states = {delivery.state for delivery in await list_sent(clean, webhook) if delivery.attempts}
    assert states == {"failed"}


async def test_many_failures_within_a_day_pause_no_endpoint(clean: AppContext, endpoint: HttpSink):
    webhook, _ = await add_webhook(clean, endpoint.url, "*")
    endpoint.replies = [Reply(500)]
    for _ in range(30):
        await publish_event(clean, at=NOON)
    for minutes in (0, 1, 10, 60, 300):
        await due_jobs.run(clean, NOON + timedelta(minutes=minutes))
    assert len(endpoint.received) == 150
    assert (await reload(clean, webhook)).active


async def test_an_endpoint_that_fails_for_a_day_is_paused_once(clean: AppContext, endpoint: HttpSink):
    webhook, _ = await add_webhook(clean, endpoint.url, "lead.created", "webhook.paused")
    endpoint.replies = [Reply(500)]
    await publish_event(clean, at=NOON)
    await due_jobs.run(clean, NOON)
    await publish_event(clean, at=NOON + timedelta(hours=23))
    await due_jobs.run(clean, NOON + timedelta(hours=23, minutes=59))
    assert (await reload(clean, webhook)).active
    await publish_event(clean, at=NOON + timedelta(hours=24))
    await publish_event(clean, at=NOON + timedelta(hours=24))
    await due_jobs.run(clean, NOON + timedelta(hours=24))
    paused = await reload(clean, webhook)
    assert not paused.active
    assert "for a day" in paused.pause_reason
    async with clean.db.connection() as conn:
        assert await conn.fetchval("SELECT count(*) FROM events WHERE payload->>'name' = $1", webhook.name) == 1


async def test_events_during_a_pause_wait_and_are_sent_afterwards(clean: AppContext, endpoint: HttpSink):
    webhook, secret = await add_webhook(clean, endpoint.url, "*")
    async with clean.db.transaction() as conn:
        await actions.pause(conn, webhook, by=SYSTEM)
    await publish_event(clean, "First")
    await publish_event(clean, "Second")
    await due_jobs.run(clean)
    assert endpoint.received == []
    assert [(delivery.state, delivery.next_at) for delivery in await list_sent(clean, webhook)] == [
        ("pending", None)
    ] * 2
    async with clean.db.transaction() as conn:
        await actions.resume(conn, await actions.get(conn, webhook.id))
    await due_jobs.run(clean)
    assert [verify(secret, request)["data"]["name"] for request in endpoint.received] == ["First", "Second"]  # type: ignore[index]


async def test_a_pending_delivery_waits_during_a_pause_and_then_has_all_its_retries(
    clean: AppContext, endpoint: HttpSink
):
    webhook, _ = await add_webhook(clean, endpoint.url, "*")
    endpoint.replies = [Reply(500), Reply(500), Reply(200)]
    await publish_event(clean, at=NOON)
    await due_jobs.run(clean, NOON)
    await due_jobs.run(clean, NOON + timedelta(seconds=5))
    async with clean.db.transaction() as conn:
        await actions.pause(conn, webhook, by=SYSTEM)
    await due_jobs.run(clean, NOON + timedelta(minutes=2))
    assert len(endpoint.received) == 2
    with clock.at(NOON + timedelta(hours=1)):
        async with clean.db.transaction() as conn:
            await actions.resume(conn, await actions.get(conn, webhook.id))
    await due_jobs.run(clean, NOON + timedelta(hours=1))
    (delivery,) = await list_sent(clean, webhook)
    assert (delivery.state, len(delivery.attempts)) == ("delivered", 3)


async def test_a_redelivery_sends_the_same_message_and_keeps_the_history(clean: AppContext, endpoint: HttpSink):
    webhook, _ = await add_webhook(clean, endpoint.url, "*")
    await publish_event(clean)
    await due_jobs.run(clean)
    (delivery,) = await list_sent(clean, webhook)
    async with clean.db.transaction() as conn:
        await deliveries.redeliver(conn, webhook, delivery.id)
    await due_jobs.run(clean)
    first, second = endpoint.received
    assert (first.body, first.headers["webhook-id"]) == (second.body, second.headers["webhook-id"])
    (delivery,) = await list_sent(clean, webhook)
    assert (delivery.state, len(delivery.attempts)) == ("delivered", 2)


async def test_a_paused_endpoint_refuses_a_redelivery(clean: AppContext, endpoint: HttpSink):
    webhook, _ = await add_webhook(clean, endpoint.url, "*")
    await publish_event(clean)
    await due_jobs.run(clean)
    (delivery,) = await list_sent(clean, webhook)
    async with clean.db.transaction() as conn:
        paused = await actions.pause(conn, webhook, by=SYSTEM)
        with pytest.raises(ConflictError, match="paused"):
            await deliveries.redeliver(conn, paused, delivery.id)


async def test_after_a_rotation_both_secrets_are_valid_for_a_day_and_then_the_new_one(
    clean: AppContext, endpoint: HttpSink
):
    webhook, old = await add_webhook(clean, endpoint.url, "*")
    async with clean.db.transaction() as conn:
        rotated, new = await actions.rotate_secret(conn, clean, webhook)
    assert rotated.old_secret_until is not None
    await publish_event(clean)
    await due_jobs.run(clean)
    both = endpoint.received[0]
    assert verify(old, both) == verify(new, both)
    async with clean.db.connection() as conn:
        await conn.execute("UPDATE webhooks SET old_secret_until = $1", clock.now())
    await publish_event(clean)
    await due_jobs.run(clean)
    verify(new, endpoint.received[1])
    with pytest.raises(WebhookVerificationError):
        verify(old, endpoint.received[1])


async def test_a_test_message_goes_even_to_a_paused_endpoint_and_is_tried_once(clean: AppContext, endpoint: HttpSink):
    webhook, secret = await add_webhook(clean, endpoint.url, "lead.created")
    endpoint.replies = [Reply(500)]
    async with clean.db.transaction() as conn:
        await actions.pause(conn, webhook, by=SYSTEM)
        await deliveries.send_test(conn, webhook)
    await due_jobs.run(clean)
    assert verify(secret, endpoint.received[0])["type"] == "webhook.test"
    (delivery,) = await list_sent(clean, webhook)
    assert (delivery.state, len(delivery.attempts)) == ("failed", 1)
    assert (await reload(clean, webhook)).failing_since is None


async def test_the_secret_is_encrypted_in_the_database(clean: AppContext, endpoint: HttpSink):
    _, secret = await add_webhook(clean, endpoint.url, "*")
    async with clean.db.connection() as conn:
        stored = await conn.fetchrow("SELECT * FROM webhooks")
    assert secret not in str(dict(stored))
    assert clean.seal.open(stored["sealed_secret"]) == secret


async def test_a_secret_that_cannot_be_decrypted_is_a_visible_failure(clean: AppContext, endpoint: HttpSink):
    webhook, _ = await add_webhook(clean, endpoint.url, "*")
    async with clean.db.connection() as conn:
        await conn.execute("UPDATE webhooks SET sealed_secret = 'gone'::bytea")
    await publish_event(clean)
    await due_jobs.run(clean)
    (delivery,) = await list_sent(clean, webhook)
    assert "SEALING_KEYS" in delivery.attempts[0].error
    assert endpoint.received == []


async def test_old_deliveries_are_deleted_with_their_events(clean: AppContext, endpoint: HttpSink):
    webhook, _ = await add_webhook(clean, endpoint.url, "*")
    for name, days in (("Old", 31), ("New", 29)):
        await publish_event(clean, name, at=clock.now() - timedelta(days=days))
        await due_jobs.run(clean, clock.now() - timedelta(days=days))
    await retention.delete_old_deliveries(clean, {})
    (delivery,) = await list_sent(clean, webhook)
    assert json.loads(delivery.body)["data"]["name"] == "New"
    async with clean.db.connection() as conn:
        assert await conn.fetchval("SELECT count(*) FROM events") == 1
