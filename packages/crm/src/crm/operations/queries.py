"""What the tables say of the running service. These statements read across rooms; they write only what was told."""

from __future__ import annotations

from datetime import datetime

import msgspec

from crm.kernel.db import Connection
from crm.operations.forms import NewBackup, NewRestore
from crm.operations.models import Backup, Drill, Queue, Restore

_BACKUP = ", ".join(Backup.__struct_fields__)
_RESTORE = ", ".join(Restore.__struct_fields__)
_DRILL = ", ".join(Drill.__struct_fields__)
_COUNTED = ("webhook_deliveries", "notifications", "submissions")


class StateCount(msgspec.Struct, frozen=True):
    """So many rows of a table are in a state."""

    table: str
    state: str
    number: int


class Sign(msgspec.Struct, frozen=True):
    """The last sign of life of a process, with what it has done as JSON."""

    process: str
    role: str
    seen_at: datetime
    figures: dict[str, object]


async def insert_backup(connection: Connection, told: NewBackup, at: datetime) -> Backup:
    """The backup of that name as it was first told."""
    await connection.execute(
        """
        INSERT INTO backups (name, taken_at, bytes, destination, told_at)
        VALUES ($1, $2, $3, $4, $5)
        ON CONFLICT (name) DO NOTHING
        """,
        told.name, told.taken_at, told.bytes, told.destination, at,
    )  # fmt: skip
    return Backup(*await connection.fetchrow(f"SELECT {_BACKUP} FROM backups WHERE name = $1", told.name))


async def insert_restore(connection: Connection, told: NewRestore, at: datetime) -> Drill:
    """The drill of that backup at that moment as it was first told."""
    await connection.execute(
        """
        INSERT INTO restores (name, taken_at, proven_at, recovery_seconds, data_age_seconds, tables, rows, proven,
                              findings, told_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
        ON CONFLICT (name, proven_at) DO NOTHING
        """,
        told.name, told.taken_at, told.proven_at, told.recovery_seconds, told.data_age_seconds, told.tables,
        told.rows, told.proven, told.findings, at,
    )  # fmt: skip
    row = await connection.fetchrow(
        f"SELECT {_DRILL} FROM restores WHERE name = $1 AND proven_at = $2", told.name, told.proven_at
    )
    return Drill(*row)


async def last_backup(connection: Connection) -> Backup | None:
    row = await connection.fetchrow(f"SELECT {_BACKUP} FROM backups ORDER BY taken_at DESC, name DESC LIMIT 1")
    return Backup(*row) if row else None


async def last_proven(connection: Connection) -> Restore | None:
    row = await connection.fetchrow(
        f"SELECT {_RESTORE} FROM restores WHERE proven ORDER BY proven_at DESC, name DESC LIMIT 1"
    )
    return Restore(*row) if row else None


async def last_drill(connection: Connection) -> Drill | None:
    """The newest drill, whatever came of it."""
    row = await connection.fetchrow(f"SELECT {_DRILL} FROM restores ORDER BY proven_at DESC, name DESC LIMIT 1")
    return Drill(*row) if row else None


async def queue(connection: Connection, at: datetime) -> Queue:
    """The queue as it is at that moment."""
    row = await connection.fetchrow(
        """
        SELECT count(*) FILTER (WHERE status IN ('queued', 'picked') AND execute_after <= $1),
               count(*) FILTER (WHERE status = 'failed'),
               min(execute_after) FILTER (WHERE status IN ('queued', 'picked') AND execute_after <= $1)
        FROM pgqueuer
        """,
        at,
    )
    waiting, failed, oldest = row
    return Queue(waiting, failed, (at - oldest).total_seconds() if oldest else None)


async def database_bytes(connection: Connection) -> int:
    size: int = await connection.fetchval("SELECT pg_database_size(current_database())")
    return size


async def count_by_state(connection: Connection) -> list[StateCount]:
    """How many deliveries, notifications and submissions there are in each state."""
    parts = (f"SELECT '{table}', state, count(*) FROM {table} GROUP BY state" for table in _COUNTED)
    return [StateCount(*row) for row in await connection.fetch(" UNION ALL ".join(parts))]


async def signs(connection: Connection) -> list[Sign]:
    """Every process that lives, and those that fell silent lately."""
    rows = await connection.fetch("SELECT process, role, seen_at, figures FROM heartbeats ORDER BY process")
    return [Sign(*row) for row in rows]
