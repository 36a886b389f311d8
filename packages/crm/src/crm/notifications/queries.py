"""The SQL of channels and notifications."""

from __future__ import annotations

from datetime import datetime, timedelta

import msgspec

from crm.kernel.db import Connection
from crm.notifications.models import EMAIL, Attempt, Channel, Notification, Task, Words

COLUMNS = ", ".join(Channel.__struct_fields__)
NOTIFICATION = ", ".join(Notification.__struct_fields__)
ATTEMPT = ", ".join(Attempt.__struct_fields__)
_PAGE = 1000


class Overview(msgspec.Struct, frozen=True):
    """A channel in the list, and how its last notification went."""

    channel: Channel
    last_at: datetime | None
    last_state: str
    last_error: str


async def insert(
    connection: Connection, *, name: str, service: str, sealed_url: bytes, hint: str, events: list[str], at: datetime
) -> Channel:
    """A new channel."""
    row = await connection.fetchrow(
        f"""
        INSERT INTO channels (name, service, sealed_url, hint, events, created_at, updated_at)
        VALUES ($1, $2, $3, $4, $5, $6, $6)
        RETURNING {COLUMNS}
        """,
        name, service, sealed_url, hint, events, at,
    )  # fmt: skip
    return Channel(*row)


async def find(connection: Connection, number: int, *, lock: bool = False) -> Channel | None:
    """The channel with this number; `lock` keeps others from changing it until the transaction ends."""
    row = await connection.fetchrow(
        f"SELECT {COLUMNS} FROM channels WHERE id = $1{' FOR UPDATE' if lock else ''}", number
    )
    return Channel(*row) if row else None


async def any_there(connection: Connection) -> bool:
    """Whether there is a channel at all."""
    return bool(await connection.fetchval("SELECT EXISTS (SELECT FROM channels)"))


async def update(connection: Connection, channel: Channel, sealed_url: bytes | None, at: datetime) -> Channel:
    """Write a changed channel as its next version; the address only when there is a new one."""
    row = await connection.fetchrow(
        f"""
        UPDATE channels
        SET name = $2, events = $3, active = $4, service = $5, hint = $6,
            sealed_url = coalesce($7, sealed_url), version = version + 1, updated_at = $8
        WHERE id = $1
        RETURNING {COLUMNS}
        """,
        channel.id, channel.name, channel.events, channel.active, channel.service, channel.hint, sealed_url, at,
    )  # fmt: skip
    return Channel(*row)


async def sealed_urls(connection: Connection) -> list[tuple[int, bytes]]:
    """Every channel's number and address as it is kept; nobody changes them until the end."""
    rows = await connection.fetch("SELECT id, sealed_url FROM channels ORDER BY id FOR UPDATE")
    return [(row[0], row[1]) for row in rows]


async def put_url(connection: Connection, number: int, sealed: bytes) -> None:
    """The same address, sealed otherwise."""
    await connection.execute("UPDATE channels SET sealed_url = $2 WHERE id = $1", number, sealed)


async def delete(connection: Connection, number: int) -> None:
    """Remove a channel with its history."""
    await connection.execute("DELETE FROM channels WHERE id = $1", number)


async def overview(connection: Connection) -> list[Overview]:
    """All channels by name, each with its last notification."""
    columns = ", ".join(f"channel.{name}" for name in Channel.__struct_fields__)
    rows = await connection.fetch(
        f"""
        SELECT {columns}, last.created_at, coalesce(last.state, ''), coalesce(last.error, '')
        FROM channels AS channel
        LEFT JOIN LATERAL (
            SELECT created_at, state, error FROM notifications WHERE channel_id = channel.id ORDER BY id DESC LIMIT 1
        ) AS last ON true
        ORDER BY channel.name, channel.id
        """
    )
    width = len(Channel.__struct_fields__)
    return [Overview(Channel(*tuple(row)[:width]), *tuple(row)[width:]) for row in rows]


WANTED = "EXISTS (SELECT FROM channels WHERE active AND events @> ARRAY[written.kind])"
"""Whether any channel asked for the event `written`."""


async def listeners(connection: Connection, kind: str) -> list[tuple[int, bool]]:
    """Channels to be told of this event: their numbers, and whether they read markup."""
    rows = await connection.fetch(
        "SELECT id, service <> $2 AS chat FROM channels WHERE active AND events @> ARRAY[$1]", kind, EMAIL
    )
    return [(row["id"], row["chat"]) for row in rows]


async def insert_notice(connection: Connection, lead_id: int, words: Words, at: datetime) -> None:
    """Keep what was said of a synthetic lead; once, and only while there is such a lead."""
    await connection.execute(
        """
        INSERT INTO synthetic_notices (lead_id, title, body, at)
        SELECT id, $2, $3, $4 FROM leads WHERE id = $1 AND synthetic
        ON CONFLICT DO NOTHING
        """,
        lead_id, words.title, words.body, at,
    )  # fmt: skip


async def insert_notification(
    connection: Connection, *, channel_id: int, event_id: int | None, words: Words, at: datetime
) -> int:
    """A notification on its way; its number."""
    number: int = await connection.fetchval(
        """
        INSERT INTO notifications (channel_id, event_id, title, body, path, next_at, created_at)
        VALUES ($1, $2, $3, $4, $5, $6, $6)
        RETURNING id
        """,
        channel_id, event_id, words.title, words.body, words.path, at,
    )  # fmt: skip
    return number


async def latest(connection: Connection, channel_id: int, limit: int = 50) -> list[tuple[Notification, list[Attempt]]]:
    """What was last sent to a channel, newest first, each with its tries, oldest first."""
    rows = await connection.fetch(
        f"SELECT {NOTIFICATION} FROM notifications WHERE channel_id = $1 ORDER BY id DESC LIMIT $2", channel_id, limit
    )
    found = [Notification(*row) for row in rows]
    tries: dict[int, list[Attempt]] = {notification.id: [] for notification in found}
    for row in await connection.fetch(
        f"SELECT notification_id, {ATTEMPT} FROM notification_attempts WHERE notification_id = ANY($1) ORDER BY id",
        list(tries),
    ):
        tries[row[0]].append(Attempt(*tuple(row)[1:]))
    return [(notification, tries[notification.id]) for notification in found]


async def task(connection: Connection, *, number: int, run: int, attempt: int) -> Task | None:
    """What the worker needs for this try; None when it was made already."""
    row = await connection.fetchrow(
        """
        SELECT notification.id, notification.title, notification.body, notification.path, notification.run,
               notification.attempts, channel.service, channel.sealed_url
        FROM notifications AS notification
        JOIN channels AS channel ON channel.id = notification.channel_id
        WHERE notification.id = $1 AND notification.run = $2 AND notification.attempts = $3
          AND notification.state = 'pending'
        """,
        number, run, attempt,
    )  # fmt: skip
    return Task(*row) if row else None


async def insert_attempt(connection: Connection, number: int, *, error: str, took_ms: int, at: datetime) -> None:
    """Write one try into the history."""
    await connection.execute(
        """
        INSERT INTO notification_attempts (notification_id, at, error, took_ms)
        SELECT id, $2, $3, $4 FROM notifications WHERE id = $1
        """,
        number, at, error, took_ms,
    )  # fmt: skip


async def settle(
    connection: Connection, task: Task, *, state: str, error: str, at: datetime, pause: timedelta | None
) -> bool:
    """Write what came of a try; False when another worker has written it before."""
    done = await connection.execute(
        """
        UPDATE notifications
        SET attempts = attempts + 1, state = $4, error = $5, next_at = $6,
            settled_at = CASE WHEN $4 <> 'pending' THEN $7::timestamptz END
        WHERE id = $1 AND run = $2 AND attempts = $3 AND state = 'pending'
        """,
        task.id, task.run, task.attempts, state, error, at + pause if pause else None, at,
    )  # fmt: skip
    return bool(done == "UPDATE 1")


async def run_anew(connection: Connection, channel_id: int, number: int, at: datetime) -> int | None:
    """Begin a new run of a notification; the number of the run, or None when there is no such notification."""
    run: int | None = await connection.fetchval(
        """
        UPDATE notifications
        SET state = 'pending', run = run + 1, attempts = 0, error = '', next_at = $3, settled_at = NULL
        WHERE id = $2 AND channel_id = $1
        RETURNING run
        """,
        channel_id, number, at,
    )  # fmt: skip
    return run


async def forget(connection: Connection, before: datetime) -> int:
    """Delete some notifications older than `before`, and say how many; call again until that is none."""
    done = await connection.execute(
        "DELETE FROM notifications WHERE id IN (SELECT id FROM notifications WHERE created_at < $1 LIMIT $2)",
        before, _PAGE,
    )  # fmt: skip
    return int(done.removeprefix("DELETE "))
