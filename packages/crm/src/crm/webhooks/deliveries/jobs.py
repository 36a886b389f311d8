"""What the worker does: one call for each job, and forgetting what is old."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from crm import settings
from crm.kernel import clock
from crm.kernel.app_context import AppContext
from crm.kernel.security import outbound
from crm.kernel.security.encryption import DecryptionError
from crm.webhooks import signing
from crm.webhooks.deliveries import actions, queries
from crm.webhooks.deliveries.models import Outcome, Task


async def deliver(context: AppContext, payload: dict[str, Any]) -> None:
    """Make one attempt: read what is due, call outside any transaction, record.

    A worker that dies in between leaves the job to another, which calls again: at least once, never not at all.
    An attempt that was recorded already is left alone.
    """
    async with context.db.connection() as connection:
        task = await queries.task(
            connection, number=payload["delivery"], run=payload["run"], attempt=payload["attempt"], at=clock.now()
        )
    if task is None:
        return
    outcome = await _call(context, task)
    async with context.db.transaction() as connection:
        await actions.record(connection, task, outcome)


async def _call(context: AppContext, task: Task) -> Outcome:
    try:
        keys = [context.seal.open(sealed) for sealed in (task.sealed_secret, task.sealed_old_secret) if sealed]
    except DecryptionError as fault:
        return Outcome(None, str(fault), "", 0)
    headers = signing.signed_headers(keys, task.message_id, clock.now(), task.body)
    try:
        answer = await outbound.send(context.config, "POST", task.url, headers, task.body.encode())
    except outbound.OutboundError as fault:
        return Outcome(None, fault.reason, "", fault.took_ms)
    return Outcome(answer.status, "", answer.excerpt, answer.took_ms)


async def forget_old(context: AppContext, _: dict[str, Any]) -> None:
    """Delete deliveries older than the settings say, then the events themselves, a piece at a time."""
    async with context.db.connection() as connection:
        before = clock.now() - timedelta(days=(await settings.read(connection)).delivery_days)
        while await queries.forget(connection, before):
            pass
        while await queries.forget_events(connection, before):
            pass
