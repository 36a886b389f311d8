from __future__ import annotations

import base64
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import cast
import pytest
import shift
from receiver import Received, Receiver, Reply, listening
from standardwebhooks.webhooks import Webhook as Verifier
from standardwebhooks.webhooks import WebhookVerificationError

from crm import webhooks
from crm.kernel import clock, events
from crm.kernel.actor import SYSTEM
from crm.kernel.app_context import AppContext
from crm.kernel.errors import ConflictError
from crm.webhooks.deliveries import actions as deliveries
from crm.webhooks.deliveries.models import DeliveryDetail
from crm.webhooks.events import WebhookPaused
from crm.webhooks.forms import DeliveryAsk

NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)
PAUSES = (5, 60, 300, 1800, 7200, 86400)


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with listening() as receiver:
        yield receiver


async def added(context: AppContext, url: str, *kinds: str) -> tuple[webhooks.Webhook, str]:
    async with context.db.transaction() as conn:
        return await cast.webhook(conn, context, url, *kinds)


async def happens(context: AppContext, name: str = "Orders", at: datetime | None = None) -> None:
    """Something happens that receivers are told: here, some other receiver was paused."""
    async with context.db.transaction() as conn:
        with clock.at(at or clock.now()):
            await events.publish(conn, WebhookPaused(id=7, name=name, reason="It broke.", failing_since=None))


async def sent_to(context: AppContext, webhook: webhooks.Webhook) -> list[DeliveryDetail]:
    async with context.db.connection() as conn:
        return (await deliveries.list_deliveries(conn, webhook.id, DeliveryAsk(limit=100))).data


async def now_of(context: AppContext, webhook: webhooks.Webhook) -> webhooks.Webhook:
    async with context.db.connection() as conn:
        return await webhooks.get(conn, webhook.id)


def verified(secret: str, received: Received) -> dict[str, object]:
    told: dict[str, object] = Verifier(secret).verify(received.body, received.headers)
    return told


async def test_a_receiver_is_told_what_it_asked_for_and_can_check_the_signature(clean: AppContext, receiver: Receiver):
    _, secret = await added(clean, receiver.url, "webhook.paused")
    await happens(clean)
    await shift.work(clean)
    (got,) = receiver.received
    told = verified(secret, got)
    assert told["type"] == "webhook.paused"
    assert told["data"] == {"id": 7, "name": "Orders", "reason": "It broke.", "failing_since": None}
    assert datetime.fromisoformat(str(told["timestamp"])).tzinfo is not None
    assert got.method == "POST"
    assert got.headers["content-type"] == "application/json"


async def test_a_signature_does_not_fit_another_body_or_another_secret(clean: AppContext, receiver: Receiver):
    _, secret = await added(clean, receiver.url, "*")
    await happens(clean)
    await shift.work(clean)
    (got,) = receiver.received
    with pytest.raises(WebhookVerificationError):
        Verifier(secret).verify(got.body.replace(b"Orders", b"Others"), got.headers)
    with pytest.raises(WebhookVerificationError):
        Verifier("whsec_" + base64.b64encode(b"x" * 32).decode()).verify(got.body, got.headers)


async def test_only_receivers_that_asked_get_a_delivery(clean: AppContext, receiver: Receiver):
    some, _ = await added(clean, receiver.url, "lead.created", "webhook.paused")
    every, _ = await added(clean, receiver.url, "*")
    other, _ = await added(clean, receiver.url, "lead.created")
    await happens(clean)
    assert [len(await sent_to(clean, webhook)) for webhook in (some, every, other)] == [1, 1, 0]


async def test_what_is_rolled_back_is_told_to_nobody(clean: AppContext, receiver: Receiver):
    webhook, _ = await added(clean, receiver.url, "*")
    with pytest.raises(ZeroDivisionError):
        async with clean.db.transaction() as conn:
            await events.publish(conn, WebhookPaused(id=7, name="x", reason="x", failing_since=None))
            raise ZeroDivisionError
    assert await sent_to(clean, webhook) == []
    assert await shift.due(clean) == []


async def test_a_failing_delivery_is_tried_six_times_more_with_the_same_bytes(clean: AppContext, receiver: Receiver):
    webhook, _ = await added(clean, receiver.url, "*")
    receiver.replies = [Reply(500, body=b"broken")]
    await happens(clean, at=NOON)
    at = NOON
    for pause in PAUSES:
        assert await shift.work(clean, at) == 1
        (standing,) = await sent_to(clean, webhook)
        assert standing.state == "pending"
        assert standing.next_at == at + timedelta(seconds=pause)
        assert await shift.work(clean, standing.next_at - timedelta(seconds=1)) == 0
        at = standing.next_at
    await shift.work(clean, at)
    standing = (await sent_to(clean, webhook))[-1]
    assert (standing.state, standing.next_at) == ("failed", None)
    mine = [got for got in receiver.received if b"Orders" in got.body]
    assert len(mine) == 7
    assert len({(got.body, got.headers["webhook-id"]) for got in mine}) == 1
    assert len({got.headers["webhook-timestamp"] for got in mine}) == 7
    assert [attempt.status for attempt in standing.attempts] == [500] * 7
    assert standing.attempts[0].answer == "broken"


async def test_a_retry_that_arrives_ends_the_trouble(clean: AppContext, receiver: Receiver):
    webhook, _ = await added(clean, receiver.url, "*")
    receiver.replies = [Reply(503), Reply(204, body=b"")]
    await happens(clean, at=NOON)
    await shift.work(clean, NOON)
    assert (await now_of(clean, webhook)).failing_since == NOON
    await shift.work(clean, NOON + timedelta(seconds=5))
    (standing,) = await sent_to(clean, webhook)
    assert standing.state == "delivered"
    assert [attempt.status for attempt in standing.attempts] == [503, 204]
    assert (await now_of(clean, webhook)).failing_since is None
    assert await shift.due(clean) == []


async def test_when_nobody_answers_the_history_says_why(clean: AppContext):
    async with listening() as gone:
        url = gone.url
    webhook, _ = await added(clean, url, "*")
    await happens(clean)
    await shift.work(clean)
    (standing,) = await sent_to(clean, webhook)
    (attempt,) = standing.attempts
    assert attempt.status is None
    assert "does not take connections" in attempt.error


async def test_a_redirect_counts_as_a_failure(clean: AppContext, receiver: Receiver):
    webhook, _ = await added(clean, receiver.url, "*")
    receiver.replies = [Reply(307, {"location": receiver.url})]
    await happens(clean)
    await shift.work(clean)
    (standing,) = await sent_to(clean, webhook)
    assert (standing.state, standing.attempts[0].status, len(receiver.received)) == ("pending", 307, 1)


async def test_a_job_that_runs_twice_calls_once_when_the_first_was_recorded(clean: AppContext, receiver: Receiver):
    await added(clean, receiver.url, "*")
    await happens(clean)
    ((_, payload, _),) = await shift.due(clean)
    await webhooks.deliver(clean, payload)
    await webhooks.deliver(clean, payload)
    assert len(receiver.received) == 1


async def test_a_receiver_that_says_gone_is_paused_at_once_and_the_event_tells(clean: AppContext, receiver: Receiver):
    webhook, _ = await added(clean, receiver.url, "*")
    receiver.replies = [Reply(410)]
    await happens(clean)
    await shift.work(clean)
    paused = await now_of(clean, webhook)
    assert not paused.active
    assert "410 Gone" in paused.pause_reason
    async with clean.db.connection() as conn:
        told = await conn.fetchval("SELECT payload FROM events ORDER BY id DESC LIMIT 1")
    assert told["id"] == webhook.id
    states = {standing.state for standing in await sent_to(clean, webhook) if standing.attempts}
    assert states == {"failed"}


async def test_many_failures_within_a_day_pause_nobody(clean: AppContext, receiver: Receiver):
    webhook, _ = await added(clean, receiver.url, "*")
    receiver.replies = [Reply(500)]
    for _ in range(30):
        await happens(clean, at=NOON)
    for minutes in (0, 1, 10, 60, 300):
        await shift.work(clean, NOON + timedelta(minutes=minutes))
    assert len(receiver.received) == 150
    assert (await now_of(clean, webhook)).active


async def test_a_receiver_that_fails_for_a_day_is_paused_once(clean: AppContext, receiver: Receiver):
    webhook, _ = await added(clean, receiver.url, "lead.created", "webhook.paused")
    receiver.replies = [Reply(500)]
    await happens(clean, at=NOON)
    await shift.work(clean, NOON)
    await happens(clean, at=NOON + timedelta(hours=23))
    await shift.work(clean, NOON + timedelta(hours=23, minutes=59))
    assert (await now_of(clean, webhook)).active
    await happens(clean, at=NOON + timedelta(hours=24))
    await happens(clean, at=NOON + timedelta(hours=24))
    await shift.work(clean, NOON + timedelta(hours=24))
    paused = await now_of(clean, webhook)
    assert not paused.active
    assert "for a day" in paused.pause_reason
    async with clean.db.connection() as conn:
        assert await conn.fetchval("SELECT count(*) FROM events WHERE payload->>'name' = $1", webhook.name) == 1


async def test_what_happens_during_a_pause_waits_and_goes_out_afterwards(clean: AppContext, receiver: Receiver):
    webhook, secret = await added(clean, receiver.url, "*")
    async with clean.db.transaction() as conn:
        await webhooks.pause(conn, webhook, by=SYSTEM)
    await happens(clean, "First")
    await happens(clean, "Second")
    await shift.work(clean)
    assert receiver.received == []
    assert [(standing.state, standing.next_at) for standing in await sent_to(clean, webhook)] == [("pending", None)] * 2
    async with clean.db.transaction() as conn:
        await webhooks.resume(conn, await webhooks.get(conn, webhook.id))
    await shift.work(clean)
    assert [verified(secret, got)["data"]["name"] for got in receiver.received] == ["First", "Second"]  # type: ignore[index]


async def test_a_delivery_on_its_way_is_held_by_a_pause_and_gets_all_its_tries_anew(
    clean: AppContext, receiver: Receiver
):
    webhook, _ = await added(clean, receiver.url, "*")
    receiver.replies = [Reply(500), Reply(500), Reply(200)]
    await happens(clean, at=NOON)
    await shift.work(clean, NOON)
    await shift.work(clean, NOON + timedelta(seconds=5))
    async with clean.db.transaction() as conn:
        await webhooks.pause(conn, webhook, by=SYSTEM)
    await shift.work(clean, NOON + timedelta(minutes=2))
    assert len(receiver.received) == 2
    with clock.at(NOON + timedelta(hours=1)):
        async with clean.db.transaction() as conn:
            await webhooks.resume(conn, await webhooks.get(conn, webhook.id))
    await shift.work(clean, NOON + timedelta(hours=1))
    (standing,) = await sent_to(clean, webhook)
    assert (standing.state, len(standing.attempts)) == ("delivered", 3)


async def test_a_redelivery_sends_the_same_message_again_and_keeps_the_history(clean: AppContext, receiver: Receiver):
    webhook, _ = await added(clean, receiver.url, "*")
    await happens(clean)
    await shift.work(clean)
    (standing,) = await sent_to(clean, webhook)
    async with clean.db.transaction() as conn:
        await webhooks.redeliver(conn, webhook, standing.id)
    await shift.work(clean)
    first, second = receiver.received
    assert (first.body, first.headers["webhook-id"]) == (second.body, second.headers["webhook-id"])
    (standing,) = await sent_to(clean, webhook)
    assert (standing.state, len(standing.attempts)) == ("delivered", 2)


async def test_a_paused_receiver_is_resumed_before_anything_is_redelivered(clean: AppContext, receiver: Receiver):
    webhook, _ = await added(clean, receiver.url, "*")
    await happens(clean)
    await shift.work(clean)
    (standing,) = await sent_to(clean, webhook)
    async with clean.db.transaction() as conn:
        paused = await webhooks.pause(conn, webhook, by=SYSTEM)
        with pytest.raises(ConflictError, match="paused"):
            await webhooks.redeliver(conn, paused, standing.id)


async def test_after_a_rotation_both_secrets_hold_for_a_day_and_then_the_new_one(clean: AppContext, receiver: Receiver):
    webhook, old = await added(clean, receiver.url, "*")
    async with clean.db.transaction() as conn:
        rotated, new = await webhooks.rotate(conn, clean, webhook)
    assert rotated.old_secret_until is not None
    await happens(clean)
    await shift.work(clean)
    both = receiver.received[0]
    assert verified(old, both) == verified(new, both)
    async with clean.db.connection() as conn:
        await conn.execute("UPDATE webhooks SET old_secret_until = $1", clock.now())
    await happens(clean)
    await shift.work(clean)
    verified(new, receiver.received[1])
    with pytest.raises(WebhookVerificationError):
        verified(old, receiver.received[1])


async def test_a_test_message_goes_even_to_a_paused_receiver_and_is_tried_once(clean: AppContext, receiver: Receiver):
    webhook, secret = await added(clean, receiver.url, "lead.created")
    receiver.replies = [Reply(500)]
    async with clean.db.transaction() as conn:
        await webhooks.pause(conn, webhook, by=SYSTEM)
        await webhooks.send_test(conn, webhook)
    await shift.work(clean)
    assert verified(secret, receiver.received[0])["type"] == "webhook.test"
    (standing,) = await sent_to(clean, webhook)
    assert (standing.state, len(standing.attempts)) == ("failed", 1)
    assert (await now_of(clean, webhook)).failing_since is None


async def test_the_secret_lies_sealed_in_the_database(clean: AppContext, receiver: Receiver):
    _, secret = await added(clean, receiver.url, "*")
    async with clean.db.connection() as conn:
        stored = await conn.fetchrow("SELECT * FROM webhooks")
    assert secret not in str(dict(stored))
    assert clean.seal.open(stored["sealed_secret"]) == secret


async def test_a_secret_that_cannot_be_opened_is_a_visible_failure(clean: AppContext, receiver: Receiver):
    webhook, _ = await added(clean, receiver.url, "*")
    async with clean.db.connection() as conn:
        await conn.execute("UPDATE webhooks SET sealed_secret = 'gone'::bytea")
    await happens(clean)
    await shift.work(clean)
    (standing,) = await sent_to(clean, webhook)
    assert "SEALING_KEYS" in standing.attempts[0].error
    assert receiver.received == []


async def test_old_deliveries_are_forgotten_with_their_events(clean: AppContext, receiver: Receiver):
    webhook, _ = await added(clean, receiver.url, "*")
    await happens(clean, "Old", at=clock.now() - timedelta(days=31))
    await happens(clean, "New", at=clock.now() - timedelta(days=29))
    await shift.work(clean)
    await webhooks.forget_old(clean, {})
    (standing,) = await sent_to(clean, webhook)
    assert json.loads(standing.body)["data"]["name"] == "New"
    async with clean.db.connection() as conn:
        assert await conn.fetchval("SELECT count(*) FROM events") == 1
