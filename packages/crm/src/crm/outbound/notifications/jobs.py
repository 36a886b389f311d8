"""What the worker does for notifications: one attempt for each job."""

from __future__ import annotations

import asyncio
import logging
import re
from contextlib import suppress
from typing import Any

import asyncpg

from crm.accounts import form_choices
from crm.event_names import EventName
from crm.kernel import clock, mail
from crm.kernel.app_context import AppContext
from crm.outbound.deliveries import Outcome
from crm.outbound.notifications import messages, services
from crm.outbound.notifications.deliveries import QUEUE
from crm.outbound.notifications.models import EMAIL, Task

TIMEOUT_S = 30
_apprise_lock = asyncio.Lock()
"""Apprise reports errors only in its log, which is global. So it sends one message at a time."""


class DeliveryError(Exception):
    """The service did not accept the message; the text says why."""


async def send(context: AppContext, payload: dict[str, Any]) -> None:
    """Make one attempt."""
    await QUEUE.attempt_delivery(context, payload, _send)


async def record_in_test_channel(context: AppContext, payload: dict[str, Any]) -> None:
    """Keep the notification of a synthetic lead; once, and only while there is such a lead."""
    async with context.db.connection() as connection:
        await form_choices.read(connection)
        message = messages.build_message(EventName.LEAD_CREATED, payload, markup=False)
        if message is None:
            return
        with suppress(asyncpg.ForeignKeyViolationError):
            await connection.execute(
                "INSERT INTO synthetic_notices (lead_id, title, body, at) VALUES ($1, $2, $3, $4)"
                " ON CONFLICT DO NOTHING",
                payload["lead"]["id"], message.title, message.body, clock.now(),
            )  # fmt: skip


async def _send(context: AppContext, task: Task) -> Outcome:
    """Send by mail or through Apprise. Raises `DecryptionError`."""
    url = context.seal.open(task.sealed_url)
    body = f"{task.body}\n\n{context.config.base_url}{task.path}"
    if task.reply_to and (answer := messages.build_answer_path(task.path)):
        body += f"\nAnswer: {context.config.base_url}{answer}"
    try:
        if task.service == EMAIL:
            status_page = context.config.site.uptime.status_page
            footer = f"\n\nStatus: {status_page}\n" if status_page else "\n"
            key = f"notification-{task.id}-{task.run}"
            await mail.send(
                context,
                to=url.removeprefix("mailto:"),
                subject=task.title,
                body=body + footer,
                key=key,
                reply_to=task.reply_to,
            )
        else:
            async with _apprise_lock:
                notify = asyncio.to_thread(_send_with_apprise, task.service, url, task.title, body)
                await asyncio.wait_for(notify, TIMEOUT_S)
    except (mail.MailError, services.InvalidTargetError, DeliveryError) as error:
        return Outcome(delivered=False, error=str(error))
    except TimeoutError:
        return Outcome(delivered=False, error=f"No answer within {TIMEOUT_S} seconds.")
    return Outcome(delivered=True)


def _send_with_apprise(service: str, url: str, title: str, body: str) -> None:
    """Blocks for as long as the service takes. Raises `InvalidTargetError` or `DeliveryError`."""
    import apprise  # noqa: PLC0415 only a process with such a channel loads it

    sender = apprise.Apprise()
    sender.add(services.load_plugin(service, url))
    with apprise.LogCapture(level=logging.WARNING, fmt="%(message)s") as log:  # type: ignore[no-untyped-call]
        if not sender.notify(title=title, body=body, body_format=apprise.NotifyFormat.TEXT):
            raise DeliveryError(_remove_secrets(log.getvalue(), url))


def _remove_secrets(log: str, url: str) -> str:
    """The last line of Apprise's log, without any part of the URL."""
    line = next((line for line in reversed(log.splitlines()) if line.strip()), "The service did not accept it.")
    for part in sorted(set(re.split(r"[/?&=@:]+", url)), key=len, reverse=True):
        if len(part) > 5:
            line = line.replace(part, "…")
    return line[:300]
