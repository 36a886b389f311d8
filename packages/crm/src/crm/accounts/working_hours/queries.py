"""The SQL of working hours."""

from __future__ import annotations

from typing import Any

from crm.accounts import auth
from crm.accounts.working_hours.models import Worker, WorkingHours
from crm.kernel import clock
from crm.kernel.db import Connection

FIELDS = WorkingHours.__struct_fields__
COLUMNS = ", ".join(FIELDS)


async def read(connection: Connection, user_id: int | None) -> WorkingHours:
    """The working hours of a user, or the defaults."""
    row = await connection.fetchrow(f"SELECT {COLUMNS} FROM working_hours WHERE user_id = $1", user_id)
    return _build(row) if row else WorkingHours()


async def store(connection: Connection, user_id: int, hours: WorkingHours) -> None:
    """Store the working hours of a user."""
    marks = ", ".join(f"${number}" for number in range(3, len(FIELDS) + 3))
    await connection.execute(
        f"""
        INSERT INTO working_hours (user_id, updated_at, {COLUMNS})
        VALUES ($1, $2, {marks})
        ON CONFLICT (user_id) DO UPDATE
        SET ({COLUMNS}, updated_at) = ({", ".join(f"excluded.{name}" for name in FIELDS)}, excluded.updated_at)
        """,
        user_id, clock.now(), *(getattr(hours, name) for name in FIELDS),
    )  # fmt: skip


async def list_workers(connection: Connection) -> list[Worker]:
    """The users who can sign in and change records, with their working hours."""
    rows = await connection.fetch(f"SELECT user_id, {COLUMNS} FROM working_hours")
    hours = {row["user_id"]: _build(tuple(row)[1:]) for row in rows}
    return [
        Worker(user.id, user.name, user.email, user.created_at, user.role, hours.get(user.id, WorkingHours()))
        for user in await auth.list_assignable(connection)
    ]


def _build(row: Any) -> WorkingHours:
    zone, days, *rest = row
    return WorkingHours(zone, tuple(days), *rest)
