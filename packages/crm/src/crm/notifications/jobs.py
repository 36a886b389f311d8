"""What the worker does: one try for each job, and forgetting what is old."""

from __future__ import annotations

import asyncio
import logging
import re
import time
from datetime import timedelta
from typing import Any

from crm import settings
from crm.kernel import clock, mail
from crm.kernel.app_context import AppContext
from crm.kernel.security.encryption import DecryptionError
from crm.notifications import actions, queries, services
from crm.notifications.models import EMAIL, Task

TIMEOUT_S = 30
_alone = asyncio.Lock()
"""Apprise tells why it failed only in its log, which is one for all: so one message at a time."""


class _DeliveryError(Exception):
    """The service did not take the message; the message says why."""


async def send(context: AppContext, payload: dict[str, Any]) -> None:
    """Make one try: read what is due, send outside any transaction, record. A try that was recorded is left alone."""
    async with context.db.connection() as connection:
        task = await queries.task(
            connection, number=payload["notification"], run=payload["run"], attempt=payload["attempt"]
        )
    if task is None:
        return
    began = time.monotonic()
    error = await _try(context, task)
    took_ms = round((time.monotonic() - began) * 1000)
    async with context.db.transaction() as connection:
        await actions.record(connection, task, error, took_ms)


async def _try(context: AppContext, task: Task) -> str:
    """Send it; gives what went wrong, in a sentence, or nothing."""
    try:
        url = context.seal.open(task.sealed_url)
        body = f"{task.body}\n\n{context.config.base_url}{task.path}"
        if task.service == EMAIL:
            key = f"notification-{task.id}-{task.run}"
            status_page = context.config.site.uptime.status_page
            footer = f"\n\nStatus: {status_page}\n" if status_page else "\n"
            await mail.send(context, to=url.removeprefix("mailto:"), subject=task.title, body=body + footer, key=key)
            return ""
        async with _alone:
            await asyncio.wait_for(asyncio.to_thread(_by_apprise, task.service, url, task.title, body), TIMEOUT_S)
    except (DecryptionError, mail.MailError, services.InvalidTargetError, _DeliveryError) as fault:
        return str(fault)
    except TimeoutError:
        return f"No answer within {TIMEOUT_S} seconds."
    return ""


def _by_apprise(service: str, url: str, title: str, body: str) -> None:
    """Blocks for as long as the service takes. Raises `InvalidTargetError` or `_DeliveryError`."""
    import apprise  # noqa: PLC0415 only a system with such a channel carries it

    sender = apprise.Apprise()
    sender.add(services.plugin_of(service, url))
    with apprise.LogCapture(level=logging.WARNING, fmt="%(message)s") as said:  # type: ignore[no-untyped-call]
        if not sender.notify(title=title, body=body, body_format=apprise.NotifyFormat.TEXT):
            raise _DeliveryError(_without_secrets(said.getvalue(), url))


def _without_secrets(said: str, url: str) -> str:
    """The last of what Apprise said, without any part of the address."""
    line = next((line for line in reversed(said.splitlines()) if line.strip()), "The service did not take it.")
    for part in sorted(set(re.split(r"[/?&=@:]+", url)), key=len, reverse=True):
        if len(part) > 5:
            line = line.replace(part, "…")
    return line[:300]


async def take_in_sink(context: AppContext, payload: dict[str, Any]) -> None:
    """The end of the way of a synthetic lead; run twice it keeps one notice."""
    async with context.db.connection() as connection:
        await actions.take_in_sink(connection, payload["lead"])


async def forget_old(context: AppContext, _: dict[str, Any]) -> None:
    """Delete notifications and mails older than the settings say, a piece at a time."""
    async with context.db.connection() as connection:
        before = clock.now() - timedelta(days=(await settings.read(connection)).delivery_days)
        while await queries.forget(connection, before):
            pass
        await mail.forget(connection, before)
