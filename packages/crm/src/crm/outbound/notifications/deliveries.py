"""Notifications to channels: written with the change that caused them, tested, sent again, listed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from crm.accounts import auth, form_choices
from crm.kernel import clock, jobs
from crm.kernel.db import Connection
from crm.kernel.errors import NotFoundError
from crm.kernel.events import Published, Reaction
from crm.outbound.deliveries import Attempt, DeliveryQueue
from crm.outbound.notifications import messages
from crm.outbound.notifications.models import EMAIL, Channel, FailedNotification, Message, Notification, Task

TEST_CHANNEL_JOB = "sink_notification"

QUEUE: DeliveryQueue[Task, Attempt] = DeliveryQueue(
    job="send_notification", job_key="notification", priority=jobs.SOON,
    table="notifications", targets="channels", target_id="channel_id", delivered="sent",
    attempts_table="notification_attempts", attempt_of="notification_id", attempt=Attempt, task=Task,
    task_columns="delivery.title, delivery.body, delivery.path, delivery.reply_to, target.service, target.sealed_url",
    retry_delays=tuple(timedelta(seconds=seconds) for seconds in (5, 60, 5 * 60, 30 * 60, 2 * 3600)),
)  # fmt: skip


async def _find_authors(connection: Connection, published: Sequence[Published]) -> dict[int, str]:
    """For each event the e-mail address of the user who caused it; empty for a program, a visitor or the system."""
    actors = {event.id: event.payload.get("by") or {} for event in published}
    users = {event_id: by["id"] for event_id, by in actors.items() if by.get("kind") == "person" and by.get("id")}
    emails = await auth.read_emails(connection, users.values()) if users else {}
    return {event_id: emails.get(users.get(event_id, 0), "") for event_id in actors}


async def _fan_out(connection: Connection, published: Sequence[Published]) -> None:
    """Write a notification of each event for each channel that asks for it, with its job."""
    authors = await _find_authors(connection, published)
    await form_choices.read(connection)
    rows = [
        (event.id, event.kind, markup, authors[event.id], message.title, message.body, message.path, message.reply_to)
        for event in published
        for markup in (False, True)
        if (message := messages.build_message(event.kind, event.payload, markup=markup))
    ]
    if not rows:
        return
    ids = await connection.fetch(
        """
        INSERT INTO notifications (channel_id, event_id, title, body, path, reply_to, next_at, created_at)
        SELECT channel.id, message.event_id, message.title, message.body, message.path, message.reply_to, $9, $9
        FROM unnest(
                 $1::bigint[], $2::text[], $3::boolean[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[]
             ) AS message (event_id, kind, markup, author, title, body, path, reply_to)
        JOIN channels AS channel
          ON channel.active AND channel.events @> ARRAY[message.kind] AND message.markup = (channel.service <> $10)
        -- People need no mail about what they did themselves.
        WHERE channel.service <> $10 OR lower(channel.hint) <> lower(message.author)
        ORDER BY message.event_id, channel.id
        RETURNING id
        """,
        *(list(column) for column in zip(*rows, strict=True)), published[0].at, EMAIL,
    )  # fmt: skip
    await QUEUE.enqueue(connection, (row["id"] for row in ids))


fan_out = Reaction(
    wanted="EXISTS (SELECT FROM channels WHERE active AND events @> ARRAY[written.kind])", react=_fan_out
)
"""The reaction to events that people want to hear of."""


async def _use_test_channel(connection: Connection, published: Sequence[Published]) -> None:
    payloads = [{"lead": event.payload["lead"]} for event in published]
    await jobs.enqueue(connection, TEST_CHANNEL_JOB, *payloads, priority=jobs.SOON)


use_test_channel = Reaction(wanted="true", react=_use_test_channel)
"""The reaction to a synthetic lead: its notification goes to the test channel, which nobody reads."""


async def send_test(connection: Connection, channel: Channel) -> None:
    """Send a test to this channel, even while it is switched off."""
    await send_message(connection, channel.id, messages.build_test())


async def send_message(connection: Connection, channel_id: int, message: Message) -> None:
    """Send a message to one channel, with all its retries."""
    notification_id = await connection.fetchval(
        """
        INSERT INTO notifications (channel_id, title, body, path, next_at, created_at)
        VALUES ($1, $2, $3, $4, $5, $5)
        RETURNING id
        """,
        channel_id, message.title, message.body, message.path, clock.now(),
    )  # fmt: skip
    await QUEUE.enqueue(connection, [notification_id])


async def send_again(connection: Connection, channel: Channel, notification_id: int) -> None:
    """Send a notification again, with all its retries. Raises `NotFoundError`."""
    if not await QUEUE.restart(connection, channel.id, notification_id):
        raise NotFoundError("There is no such notification.")


async def list_latest(connection: Connection, channel_id: int, limit: int = 50) -> list[Notification]:
    """The latest notifications of a channel, newest first."""
    rows = await connection.fetch(
        """
        SELECT id, title, body, path, state, next_at, created_at
        FROM notifications
        WHERE channel_id = $1
        ORDER BY id DESC
        LIMIT $2
        """,
        channel_id, limit,
    )  # fmt: skip
    history = await QUEUE.list_attempts(connection, (row["id"] for row in rows))
    return [Notification(*(*row, history[row["id"]])) for row in rows]


async def list_failed(connection: Connection, limit: int = 100) -> list[FailedNotification]:
    """The notifications whose last retry failed, the latest first."""
    rows = await connection.fetch(
        """
        SELECT notification.id, channel.id, channel.name, notification.title, notification.path,
               coalesce((SELECT error FROM notification_attempts AS attempt
                         WHERE attempt.notification_id = notification.id ORDER BY attempt.id DESC LIMIT 1), ''),
               notification.settled_at, notification.created_at
        FROM notifications AS notification
        JOIN channels AS channel ON channel.id = notification.channel_id
        WHERE notification.state = 'failed'
        ORDER BY notification.id DESC
        LIMIT $1
        """,
        limit,
    )
    return [FailedNotification(*row) for row in rows]


async def dismiss_failed(connection: Connection, up_to: int) -> int:
    """Delete the failed notifications up to this id, the last that the user has seen, and return how many."""
    rows = await connection.fetch("DELETE FROM notifications WHERE state = 'failed' AND id <= $1 RETURNING id", up_to)
    return len(rows)
