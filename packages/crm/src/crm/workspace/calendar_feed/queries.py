"""The SQL of calendar feeds."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

import msgspec

from crm.kernel import clock
from crm.kernel.db import Connection

MAX_TASKS = 500
NOTED_EVERY = timedelta(minutes=5)
"""A program that reads every few seconds does not write as often."""


class Feed(msgspec.Struct, frozen=True):
    """When the address was created, and when a program last read it."""

    created_at: datetime
    read_at: datetime | None


class FeedTask(msgspec.Struct, frozen=True):
    """A task as the calendar shows it."""

    id: int
    title: str
    note: str
    due_on: date
    due_time: time | None
    recurrence: str
    version: int
    updated_at: datetime
    place: str


async def find(connection: Connection, user_id: int) -> Feed | None:
    """The feed of a user, if there is one."""
    row = await connection.fetchrow("SELECT created_at, read_at FROM calendar_feeds WHERE user_id = $1", user_id)
    return Feed(*row) if row else None


async def replace(connection: Connection, user_id: int, token_hash: bytes) -> None:
    """Give a user a new address. The old one stops working."""
    await connection.execute(
        """
        INSERT INTO calendar_feeds (user_id, token_hash, created_at)
        VALUES ($1, $2, $3)
        ON CONFLICT (user_id) DO UPDATE
        SET (token_hash, created_at, read_at) = (excluded.token_hash, excluded.created_at, NULL)
        """,
        user_id, token_hash, clock.now(),
    )  # fmt: skip


async def revoke(connection: Connection, user_id: int) -> bool:
    """End the feed of a user. False if there was none."""
    done = await connection.execute("DELETE FROM calendar_feeds WHERE user_id = $1", user_id)
    return bool(done == "DELETE 1")


async def find_reader(connection: Connection, token_hash: bytes) -> tuple[int, str] | None:
    """The id and name of the user whose feed has this address, while they can sign in. Notes that it was read."""
    row = await connection.fetchrow(
        """
        SELECT users.id, users.name, read_at
        FROM calendar_feeds
        JOIN users ON users.id = user_id
        WHERE token_hash = $1 AND disabled_at IS NULL
        """,
        token_hash,
    )
    if row is None:
        return None
    now = clock.now()
    if row["read_at"] is None or row["read_at"] < now - NOTED_EVERY:
        await connection.execute("UPDATE calendar_feeds SET read_at = $2 WHERE user_id = $1", row["id"], now)
    return row["id"], row["name"]


async def list_tasks(connection: Connection, user_id: int) -> list[FeedTask]:
    """The open tasks of a user that have a date, the first ones of them."""
    rows = await connection.fetch(
        """
        SELECT tasks.id, tasks.title, tasks.note, due_on, due_time, recurrence, tasks.version, tasks.updated_at,
               coalesce(lead_title(leads.title, leads.message, leads.name), contacts.name, companies.name, '')
        FROM tasks
        LEFT JOIN leads ON leads.id = tasks.lead_id
        LEFT JOIN contacts ON contacts.id = tasks.contact_id
        LEFT JOIN companies ON companies.id = tasks.company_id
        WHERE assignee_id = $1 AND done_at IS NULL AND deleted_at IS NULL AND due_on IS NOT NULL
        ORDER BY due, tasks.id
        LIMIT $2
        """,
        user_id, MAX_TASKS,
    )  # fmt: skip
    return [FeedTask(*row) for row in rows]
