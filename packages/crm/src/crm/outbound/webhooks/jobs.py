"""What the worker does for webhooks: one request for each job."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from crm.kernel import clock, events
from crm.kernel.actor import SYSTEM
from crm.kernel.app_context import AppContext
from crm.kernel.db import Connection
from crm.kernel.security import outbound
from crm.outbound.deliveries import Outcome
from crm.outbound.webhooks import actions, queries, signing
from crm.outbound.webhooks.deliveries import QUEUE
from crm.outbound.webhooks.events import WebhookPaused
from crm.outbound.webhooks.models import FAILING_FOR, TEST, Task

GONE = 410


async def deliver(context: AppContext, payload: dict[str, Any]) -> None:
    """Make one attempt."""
    await QUEUE.attempt_delivery(context, payload, _send, _update_endpoint)


async def _send(context: AppContext, task: Task) -> Outcome:
    """Post the signed message. Raises `DecryptionError`."""
    secrets = [context.seal.open(task.sealed_secret)]
    if task.sealed_old_secret and task.old_secret_until and task.old_secret_until > clock.now():
        secrets.append(context.seal.open(task.sealed_old_secret))
    headers = signing.build_headers(secrets, task.message_id, clock.now(), task.body)
    retry = task.event_kind != TEST
    try:
        response = await outbound.send(context.config, "POST", task.url, headers, task.body.encode())
    except outbound.OutboundError as error:
        return Outcome(delivered=False, error=error.reason, retry=retry)
    return Outcome(
        delivered=200 <= response.status < 300,
        status=response.status,
        answer=response.excerpt,
        retry=retry and response.status != GONE,
    )


async def _update_endpoint(connection: Connection, task: Task, outcome: Outcome) -> None:
    """Note whether the endpoint works, and pause one that is gone or has failed for a day.

    This locks the endpoint before the delivery, as `pause` and `resume` do, so that the two never deadlock.
    """
    if outcome.delivered:
        await queries.record_success(connection, task.target_id)
    elif task.event_kind != TEST:
        at = clock.now()
        failing_since = await queries.record_failure(connection, task.target_id, at)
        if outcome.status == GONE:
            await _pause(connection, task.target_id, "It answered 410 Gone: it wants no more messages.", at)
        elif failing_since and at - failing_since >= FAILING_FOR:
            last = outcome.error or f"It answered {outcome.status}."
            await _pause(connection, task.target_id, f"It has accepted no message for a day. {last}", at)


async def _pause(connection: Connection, webhook_id: int, reason: str, at: datetime) -> None:
    paused = await queries.pause(connection, webhook_id, reason, at)
    if paused is not None:
        await QUEUE.suspend(connection, paused.id)
        event = WebhookPaused(id=paused.id, name=paused.name, reason=reason, failing_since=paused.failing_since)
        await events.publish(connection, event)
        await actions.record_pause(connection, paused, SYSTEM)
