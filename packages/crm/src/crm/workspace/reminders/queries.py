"""The SQL of reminders and digests. A row is stored before anything is sent, so that each is sent once."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime, timedelta

import msgspec

from crm.kernel import clock
from crm.kernel.db import Connection

FORGOTTEN_AFTER = timedelta(days=7)
"""A reminder that could not be sent for so long is of no use any more."""
_SUBJECT = "coalesce(lead_title(leads.title, leads.message, leads.name), contacts.name, companies.name, '')"


class DueTask(msgspec.Struct, frozen=True):
    """A task whose time has come, and who does it. `due` is local to the organization."""

    task_id: int
    user_id: int
    due: datetime


class Reminder(msgspec.Struct, frozen=True):
    """What the mail says. `path` is the page of the task's record, or empty."""

    title: str
    note: str
    due: datetime
    place: str
    path: str
    user_id: int


async def list_due(connection: Connection, zone: str) -> list[DueTask]:
    """The open tasks whose time has come and whose assignee was not reminded yet.

    One that was overdue already when it was added needs no reminder.
    """
    rows = await connection.fetch(
        """
        SELECT tasks.id, assignee_id, due
        FROM tasks
        WHERE due_time IS NOT NULL AND assignee_id IS NOT NULL AND done_at IS NULL AND deleted_at IS NULL AND NOT demo
          AND due <= $1::timestamptz AT TIME ZONE $2 AND due > $3::timestamptz AT TIME ZONE $2
          AND due AT TIME ZONE $2 >= date_trunc('minute', created_at)
          AND NOT EXISTS (
              SELECT FROM reminders
              WHERE reminders.task_id = tasks.id AND reminders.user_id = assignee_id AND reminders.due = tasks.due
          )
        ORDER BY due, id
        LIMIT 1000
        """,
        clock.now(), zone, clock.now() - FORGOTTEN_AFTER,
    )  # fmt: skip
    return [DueTask(*row) for row in rows]


async def begin_reminders(connection: Connection, due: Collection[DueTask]) -> list[int]:
    """Store these reminders and return their ids. Those that another worker has stored are left out."""
    rows = await connection.fetch(
        """
        INSERT INTO reminders (task_id, user_id, due, created_at)
        SELECT task_id, user_id, due, $4
        FROM unnest($1::bigint[], $2::bigint[], $3::timestamp[]) AS given (task_id, user_id, due)
        ON CONFLICT DO NOTHING
        RETURNING id
        """,
        [each.task_id for each in due], [each.user_id for each in due], [each.due for each in due], clock.now(),
    )  # fmt: skip
    return [row["id"] for row in rows]


async def lock_unsent(connection: Connection, reminder_id: int) -> Reminder | None:
    """The reminder, locked, unless it was sent or its task is done, put off, deleted or somebody else's by now."""
    row = await connection.fetchrow(
        f"""
        SELECT tasks.title, tasks.note, tasks.due, {_SUBJECT},
               CASE
                   WHEN tasks.lead_id IS NOT NULL THEN '/leads/' || tasks.lead_id
                   WHEN tasks.contact_id IS NOT NULL THEN '/contacts/' || tasks.contact_id
                   WHEN tasks.company_id IS NOT NULL THEN '/companies/' || tasks.company_id
                   ELSE '/tasks/' || tasks.id
               END,
               reminders.user_id
        FROM reminders
        JOIN tasks ON tasks.id = reminders.task_id AND tasks.due = reminders.due
                  AND tasks.assignee_id = reminders.user_id
        LEFT JOIN leads ON leads.id = tasks.lead_id
        LEFT JOIN contacts ON contacts.id = tasks.contact_id
        LEFT JOIN companies ON companies.id = tasks.company_id
        WHERE reminders.id = $1 AND sent_at IS NULL AND done_at IS NULL AND deleted_at IS NULL
        FOR UPDATE OF reminders
        """,
        reminder_id,
    )
    return Reminder(*row) if row else None


async def note_sent(connection: Connection, reminder_id: int) -> None:
    """Say that a reminder was sent."""
    await connection.execute("UPDATE reminders SET sent_at = $2 WHERE id = $1", reminder_id, clock.now())


async def begin_digest(connection: Connection, user_id: int, day: date) -> bool:
    """Store the digest of a day. False if there is one already."""
    done = await connection.execute(
        "INSERT INTO digests (user_id, day, created_at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
        user_id, day, clock.now(),
    )  # fmt: skip
    return bool(done == "INSERT 0 1")


async def is_digest_unsent(connection: Connection, user_id: int, day: date) -> bool:
    """Whether the digest of this day was begun and not sent."""
    unsent: bool = await connection.fetchval(
        "SELECT EXISTS (SELECT FROM digests WHERE user_id = $1 AND day = $2 AND sent_at IS NULL)", user_id, day
    )
    return unsent


async def note_digest_sent(connection: Connection, user_id: int, day: date) -> None:
    """Say that a digest was sent."""
    await connection.execute(
        "UPDATE digests SET sent_at = $3 WHERE user_id = $1 AND day = $2", user_id, day, clock.now()
    )


async def forget_old(connection: Connection) -> None:
    """Delete what was sent so long ago that nothing asks for it any more."""
    before = clock.now() - 5 * FORGOTTEN_AFTER
    await connection.execute("DELETE FROM reminders WHERE created_at < $1", before)
    await connection.execute("DELETE FROM digests WHERE created_at < $1", before)
