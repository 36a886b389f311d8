"""The jobs of reminders and digests.

The scheduled ones decide once who gets what, and store it with the job that sends it, in one transaction. A worker that
dies while it sends is replaced by one that sends the same mail with the same key. Reminders go to the channel that the
user has chosen for notifications; the digest is a mail.
"""

from __future__ import annotations

from datetime import date, time
from functools import partial
from typing import Any

from crm.accounts import permissions, settings, working_hours
from crm.kernel import clock, jobs, mail
from crm.kernel.app_context import AppContext
from crm.outbound import notifications
from crm.workspace.reminders import digest, queries
from crm.workspace.reminders.messages import build_digest, build_reminder

SEND_REMINDER, SEND_DIGEST = "send_reminder", "send_digest"
DIGEST_AT, DIGEST_UNTIL = time(7, 30), time(20)
"""When a digest is sent, local to the user. After that it is no morning mail any more."""


async def plan_reminders(context: AppContext, _: dict[str, Any]) -> None:
    """Begin the reminder of each task whose time has come, once its assignee can be reached."""
    now = clock.now()
    async with context.db.transaction() as conn:
        zone = (await settings.read(conn)).time_zone
        due = await queries.list_due(conn, zone)
        if not due:
            return
        workers = {worker.id: worker.hours for worker in await working_hours.list_workers(conn)}
        reachable = [
            each
            for each in due
            if (hours := workers.get(each.user_id))
            and hours.reminders
            and hours.is_reachable(hours.localize(now, zone))
        ]
        begun = await queries.begin_reminders(conn, reachable)
        await jobs.enqueue(conn, SEND_REMINDER, *({"reminder_id": each} for each in begun), priority=jobs.SOON)


async def send_reminder(context: AppContext, payload: dict[str, Any]) -> None:
    """Send one reminder to the user's own channel, else by mail, unless it was sent or is of no use any more.

    The channel gets it with the note that it was sent, in one transaction. Raises `MailError`.
    """
    reminder_id: int = payload["reminder_id"]
    async with context.db.transaction() as conn:
        reminder = await queries.lock_unsent(conn, reminder_id)
        workers = {worker.id: worker for worker in await working_hours.list_workers(conn)}
        if reminder is None or (worker := workers.get(reminder.user_id)) is None:
            return
        if await notifications.send_to_user(conn, worker.id, partial(build_reminder, reminder)):
            await queries.note_sent(conn, reminder_id)
            return
    message = build_reminder(reminder, notifications.to_plain_text)
    body = f"{message.body}\n\n{context.config.base_url}{message.path}"
    await mail.send(context, to=worker.email, subject=message.title, body=body, key=f"reminder-{reminder_id}")
    async with context.db.connection() as conn:
        await queries.note_sent(conn, reminder_id)


async def plan_digests(context: AppContext, _: dict[str, Any]) -> None:
    """Begin the digest of each user whose working day has begun."""
    now = clock.now()
    async with context.db.transaction() as conn:
        zone = (await settings.read(conn)).time_zone
        for worker in await working_hours.list_workers(conn):
            local = worker.hours.localize(now, zone)
            opening = local.replace(hour=DIGEST_AT.hour, minute=DIGEST_AT.minute, second=0, microsecond=0)
            is_time = DIGEST_AT <= local.time() < DIGEST_UNTIL and worker.created_at < opening
            if not (worker.hours.digest and is_time and worker.hours.is_reachable(local)):
                continue
            if await queries.begin_digest(conn, worker.id, local.date()):
                payload = {"user_id": worker.id, "day": local.date().isoformat()}
                await jobs.enqueue(conn, SEND_DIGEST, payload)


async def send_digest(context: AppContext, payload: dict[str, Any]) -> None:
    """Send one digest with what waits now, unless it was sent. Raises `MailError`."""
    user_id, day = payload["user_id"], date.fromisoformat(payload["day"])
    async with context.db.connection() as conn:
        workers = {worker.id: worker for worker in await working_hours.list_workers(conn)}
        worker = workers.get(user_id)
        if worker is None or not await queries.is_digest_unsent(conn, user_id, day):
            return
        sections = await digest.list_sections(conn, user_id, is_owner=permissions.is_allowed(worker.role, "manage"))
    message = build_digest(sections, context.config.base_url)
    await mail.send(context, to=worker.email, subject=message.title, body=message.body, key=f"digest-{user_id}-{day}")
    async with context.db.connection() as conn:
        await queries.note_digest_sent(conn, user_id, day)


async def forget(context: AppContext, _: dict[str, Any]) -> None:
    """Delete the rows of old reminders and digests."""
    async with context.db.transaction() as conn:
        await queries.forget_old(conn)
