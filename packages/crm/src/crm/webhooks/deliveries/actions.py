"""What happens to deliveries: written with a change, called by the worker, tried again, redelivered."""

from __future__ import annotations

from datetime import datetime, timedelta

import msgspec

from crm.kernel import clock, events, jobs
from crm.kernel.db import Connection
from crm.kernel.errors import ConflictError, NotFoundError
from crm.kernel.events import Published, Reaction
from crm.kernel.http.paging import Page, Where
from crm.webhooks import queries as receivers
from crm.webhooks.deliveries import queries
from crm.webhooks.deliveries.models import RETRIES, TEST, Delivery, DeliveryDetail, Outcome, Task
from crm.webhooks.events import WebhookPaused
from crm.webhooks.forms import DeliveryAsk
from crm.webhooks.models import Webhook

JOB = "deliver_webhook"


async def _fan_out(connection: Connection, published: Published) -> None:
    """A delivery for each receiver that asked for the event, and its job.

    The body is fixed here, so that every attempt sends the same bytes. A paused receiver's job ends without a call;
    without it, what is written while somebody resumes the receiver would be missed.
    """
    made = await queries.insert_for_all(
        connection, event_id=published.id, kind=published.kind, at=published.at,
        body=_body(published.kind, published.at, published.payload),
    )  # fmt: skip
    await jobs.enqueue(connection, JOB, *(_job(number) for number in made))


fan_out = Reaction(wanted=queries.WANTED, react=_fan_out)
"""The reaction to every event."""


async def send_test(connection: Connection, webhook: Webhook) -> Delivery:
    """A test message to this receiver, even while it is paused; it is tried once."""
    body = _body(
        TEST, clock.now(), {"webhook_id": webhook.id, "name": webhook.name, "words": "A test. Nothing happened."}
    )
    delivery = await queries.insert_test(connection, webhook_id=webhook.id, body=body, at=clock.now())
    await jobs.enqueue(connection, JOB, _job(delivery.id), priority=jobs.SOON)
    return delivery


async def get(connection: Connection, webhook_id: int, number: int) -> DeliveryDetail:
    """A delivery of this receiver with its history. Raises `NotFoundError`."""
    delivery = await _delivery(connection, webhook_id, number)
    return DeliveryDetail.of(delivery, (await queries.attempts(connection, [number]))[number])


async def list_deliveries(connection: Connection, webhook_id: int, ask: DeliveryAsk) -> Page[DeliveryDetail]:
    """One page of a receiver's deliveries, newest first.

    Raises `ValidationError` for a cursor that is not this list's.
    """
    where = Where()
    where.add("webhook_id = {}", webhook_id)
    if ask.state:
        where.add("state = ANY({})", ask.state)
    page = await queries.LISTING.page(connection, where, limit=ask.limit, cursor=ask.cursor)
    history = await queries.attempts(connection, [delivery.id for delivery in page.data])
    standings = [DeliveryDetail.of(delivery, history[delivery.id]) for delivery in page.data]
    return Page(standings, page.next_cursor, page.total, page.total_exact)


async def redeliver(connection: Connection, webhook: Webhook, number: int) -> Delivery:
    """Send a message once more, with all its tries.

    Raises `NotFoundError`; `ConflictError` while the receiver is paused.
    """
    delivery = await _delivery(connection, webhook.id, number)
    if not webhook.active and delivery.event_kind != TEST:
        raise ConflictError("This receiver is paused. Resume it; what waits for it goes out then.")
    await _run_anew(connection, [delivery.id])
    return await _delivery(connection, webhook.id, number)


async def let_go(connection: Connection, webhook_id: int) -> None:
    """Send what waited while the receiver was paused."""
    await _run_anew(connection, await queries.waiting(connection, webhook_id))


async def record(connection: Connection, task: Task, outcome: Outcome) -> None:
    """Write what came of an attempt: into the history, the delivery, and the receiver's own standing.

    The next attempt is enqueued in the same transaction, so it is neither lost nor made twice.
    """
    at = clock.now()
    # The receiver first, as when people change it, so that the two never wait for each other.
    if outcome.received:
        await receivers.record_success(connection, task.webhook_id)
    elif task.event_kind != TEST:
        await _note_failure(connection, task, outcome)
    await queries.insert_attempt(connection, task.id, outcome, at)
    pause = None if outcome.received else _pause_after(task, outcome)
    state = "delivered" if outcome.received else "pending" if pause else "failed"
    if await queries.settle(connection, task, state, at, pause) and pause:
        await jobs.enqueue(connection, JOB, _job(task.id, task.run, task.attempts + 1), at=at + pause)


async def _note_failure(connection: Connection, task: Task, outcome: Outcome) -> None:
    """The receiver has failed; one that is gone, or has failed for a day, is paused and its owner told."""
    at = clock.now()
    since = await receivers.record_failure(connection, task.webhook_id, at)
    if since is None:
        return
    if outcome.gone:
        reason = "It answered 410 Gone: it wants nothing more."
    elif receivers.overdue(since, at):
        reason = f"It has not taken a message for a day. The last try: {outcome.said}"
    else:
        return
    paused = await receivers.pause(connection, task.webhook_id, reason, at)
    if paused is not None:
        await queries.wait(connection, paused.id)
        event = WebhookPaused(id=paused.id, name=paused.name, reason=reason, failing_since=paused.failing_since)
        await events.publish(connection, event)


def _pause_after(task: Task, outcome: Outcome) -> timedelta | None:
    """How long to wait before the next attempt; None when there is none."""
    if outcome.gone or task.event_kind == TEST or task.attempts >= len(RETRIES):
        return None
    return RETRIES[task.attempts]


async def _run_anew(connection: Connection, numbers: list[int]) -> None:
    started = await queries.run_anew(connection, numbers, clock.now())
    await jobs.enqueue(connection, JOB, *(_job(number, run) for number, run in started))


async def _delivery(connection: Connection, webhook_id: int, number: int) -> Delivery:
    delivery = await queries.find(connection, webhook_id, number)
    if delivery is None:
        raise NotFoundError("There is no such delivery. Old ones are deleted after the days chosen in the settings.")
    return delivery


def _job(number: int, run: int = 1, attempt: int = 0) -> dict[str, int]:
    return {"delivery": number, "run": run, "attempt": attempt}


def _body(kind: str, at: datetime, data: object) -> str:
    """The message by Standard Webhooks: what happened, when, and the facts."""
    return msgspec.json.encode({"type": kind, "timestamp": at, "data": data}).decode()
