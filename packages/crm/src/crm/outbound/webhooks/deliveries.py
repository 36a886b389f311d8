"""Messages to webhook endpoints: written with the change that caused them, tested, sent again, listed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import msgspec

from crm.event_names import EventName
from crm.kernel import clock, jobs
from crm.kernel.db import Connection
from crm.kernel.errors import ConflictError, NotFoundError
from crm.kernel.events import Published, Reaction
from crm.kernel.http.list_totals import Totals
from crm.kernel.http.paging import Listing, Page, Sort, Where
from crm.outbound.deliveries import DeliveryQueue
from crm.outbound.webhooks.forms import DeliveryFilter
from crm.outbound.webhooks.models import ALL_EVENTS, TEST, Attempt, DeliveryDetail, Task, Webhook

QUEUE: DeliveryQueue[Task, Attempt] = DeliveryQueue(
    job="deliver_webhook", job_key="delivery", priority=0,
    table="webhook_deliveries", targets="webhooks", target_id="webhook_id", delivered="delivered",
    attempts_table="webhook_attempts", attempt_of="delivery_id", attempt=Attempt, task=Task,
    task_columns="delivery.message_id, delivery.event_kind, delivery.body, target.url, target.sealed_secret, "
    "target.sealed_old_secret, target.old_secret_until",
    sendable=f"(target.active OR delivery.event_kind = '{TEST}')",
    retry_delays=tuple(timedelta(seconds=seconds) for seconds in (5, 60, 5 * 60, 30 * 60, 2 * 3600, 24 * 3600)),
)  # fmt: skip
LISTING: Listing[DeliveryDetail] = Listing(
    table="webhook_deliveries", columns="id, message_id, event_kind, state, body, next_at, created_at, settled_at",
    build=DeliveryDetail, sorts={"id": Sort("id", int)}, default="-id", totals=Totals(),
)  # fmt: skip
# Endpoints may tell messages apart by this id alone, even after a restore from a backup.
_MESSAGE_ID = "'msg_' || replace(gen_random_uuid()::text, '-', '')"


def _asks_for(kind: str) -> str:
    """Whether an endpoint asks for an event. `*` means all real events; a synthetic one must be asked for by name."""
    return f"(events @> ARRAY[{kind}] OR events @> ARRAY['{ALL_EVENTS}'] AND {kind} <> '{EventName.LEAD_SYNTHETIC}')"


async def _fan_out(connection: Connection, published: Sequence[Published]) -> None:
    """Write a delivery of each event for each endpoint that asks for it, with its job.

    A paused endpoint gets a job too, which ends without a request. Otherwise a delivery that is written while somebody
    resumes the endpoint would be missed.
    """
    bodies = [_build_body(event.kind, event.at, event.payload) for event in published]
    ids = await connection.fetch(
        f"""
        INSERT INTO webhook_deliveries (webhook_id, event_id, message_id, event_kind, body, next_at, created_at)
        SELECT webhook.id, event.id, {_MESSAGE_ID}, event.kind, event.body,
               CASE WHEN webhook.active THEN $4::timestamptz END, $4
        FROM unnest($1::bigint[], $2::text[], $3::text[]) AS event (id, kind, body)
        JOIN webhooks AS webhook ON {_asks_for("event.kind")}
        ORDER BY event.id, webhook.id
        RETURNING id
        """,
        [event.id for event in published], [event.kind for event in published], bodies, published[0].at,
    )  # fmt: skip
    await QUEUE.enqueue(connection, (row["id"] for row in ids))


fan_out = Reaction(wanted=f"EXISTS (SELECT FROM webhooks WHERE {_asks_for('written.kind')})", react=_fan_out)
"""The reaction to every event."""


async def send_test(connection: Connection, webhook: Webhook) -> DeliveryDetail:
    """Send a test message to this endpoint, even while it is paused."""
    at = clock.now()
    facts = {"webhook_id": webhook.id, "name": webhook.name, "words": "A test. Nothing happened."}
    delivery_id = await connection.fetchval(
        f"""
        INSERT INTO webhook_deliveries (webhook_id, message_id, event_kind, body, next_at, created_at)
        VALUES ($1, {_MESSAGE_ID}, $2, $3, $4, $4)
        RETURNING id
        """,
        webhook.id, TEST, _build_body(TEST, at, facts), at,
    )  # fmt: skip
    await QUEUE.enqueue(connection, [delivery_id], priority=jobs.SOON)
    return await get(connection, webhook.id, delivery_id)


async def get(connection: Connection, webhook_id: int, delivery_id: int) -> DeliveryDetail:
    """A delivery to this endpoint with its attempts. Raises `NotFoundError`."""
    row = await connection.fetchrow(
        f"SELECT {LISTING.columns} FROM webhook_deliveries WHERE id = $2 AND webhook_id = $1", webhook_id, delivery_id
    )
    if row is None:
        raise NotFoundError("There is no such delivery. Old ones are deleted after the days chosen in the settings.")
    history = await QUEUE.list_attempts(connection, [delivery_id])
    return DeliveryDetail(*(*row, history[delivery_id]))


async def list_deliveries(connection: Connection, webhook_id: int, filters: DeliveryFilter) -> Page[DeliveryDetail]:
    """One page of the deliveries to an endpoint, newest first. Raises `ValidationError` for an invalid cursor."""
    where = Where()
    where.add("webhook_id = {}", webhook_id)
    where.add_given(filters, {"state": "state = ANY({})"})
    page = await LISTING.page(connection, where, limit=filters.limit, cursor=filters.cursor)
    history = await QUEUE.list_attempts(connection, (delivery.id for delivery in page.data))
    data = [msgspec.structs.replace(delivery, attempts=history[delivery.id]) for delivery in page.data]
    return msgspec.structs.replace(page, data=data)


async def list_event_names(connection: Connection, webhook_id: int) -> list[str]:
    """The names of all events that were written for this endpoint and are still kept."""
    rows = await connection.fetch(
        "SELECT DISTINCT event_kind FROM webhook_deliveries WHERE webhook_id = $1", webhook_id
    )
    return [row["event_kind"] for row in rows]


async def redeliver(connection: Connection, webhook: Webhook, delivery_id: int) -> DeliveryDetail:
    """Send a message again, with all its retries. Raises `NotFoundError`, `ConflictError` for a paused endpoint."""
    delivery = await get(connection, webhook.id, delivery_id)
    if not webhook.active and delivery.event != TEST:
        raise ConflictError("This webhook is paused. Resume it; what waits is sent then.")
    await QUEUE.restart(connection, webhook.id, delivery_id)
    return await get(connection, webhook.id, delivery_id)


def _build_body(kind: str, at: datetime, data: object) -> str:
    """The message by Standard Webhooks. It is built once, so that every attempt sends the same bytes."""
    return msgspec.json.encode({"type": kind, "timestamp": at, "data": data}).decode()
