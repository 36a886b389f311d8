"""The SQL of operations. It reads the tables of several modules, and writes only backups and restore tests."""

from __future__ import annotations

from datetime import datetime

import msgspec

from crm.kernel.db import Connection
from crm.workspace.operations.forms import NewBackup, NewRestoreTest
from crm.workspace.operations.models import Backup, Queue, Restore, RestoreTest

_BACKUP = ", ".join(Backup.__struct_fields__)
_RESTORE = ", ".join(Restore.__struct_fields__)
_RESTORE_TEST = ", ".join(RestoreTest.__struct_fields__)
_COUNTED = ("webhook_deliveries", "notifications", "submissions")


class StateCount(msgspec.Struct, frozen=True):
    """How many rows of a table are in a state."""

    table: str
    state: str
    number: int


class Heartbeat(msgspec.Struct, frozen=True):
    """The last heartbeat of a process, with its metrics as JSON."""

    process: str
    role: str
    seen_at: datetime
    figures: dict[str, object]


async def insert_backup(connection: Connection, report: NewBackup, at: datetime) -> Backup:
    """Insert a backup, and return the first report with this name."""
    await connection.execute(
        """
        INSERT INTO backups (name, taken_at, bytes, destination, told_at)
        VALUES ($1, $2, $3, $4, $5)
        ON CONFLICT (name) DO NOTHING
        """,
        report.name, report.taken_at, report.bytes, report.destination, at,
    )  # fmt: skip
    return Backup(*await connection.fetchrow(f"SELECT {_BACKUP} FROM backups WHERE name = $1", report.name))


async def insert_restore_test(connection: Connection, report: NewRestoreTest, at: datetime) -> RestoreTest:
    """Insert a restore test, and return the first report of it."""
    await connection.execute(
        """
        INSERT INTO restores (name, taken_at, proven_at, recovery_seconds, data_age_seconds, tables, rows, proven,
                              findings, told_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
        ON CONFLICT (name, proven_at) DO NOTHING
        """,
        report.name, report.taken_at, report.proven_at, report.recovery_seconds, report.data_age_seconds, report.tables,
        report.rows, report.proven, report.findings, at,
    )  # fmt: skip
    row = await connection.fetchrow(
        f"SELECT {_RESTORE_TEST} FROM restores WHERE name = $1 AND proven_at = $2", report.name, report.proven_at
    )
    return RestoreTest(*row)


async def read_last_backup(connection: Connection) -> Backup | None:
    row = await connection.fetchrow(f"SELECT {_BACKUP} FROM backups ORDER BY taken_at DESC, name DESC LIMIT 1")
    return Backup(*row) if row else None


async def read_last_restore(connection: Connection) -> Restore | None:
    row = await connection.fetchrow(
        f"SELECT {_RESTORE} FROM restores WHERE proven ORDER BY proven_at DESC, name DESC LIMIT 1"
    )
    return Restore(*row) if row else None


async def read_last_restore_test(connection: Connection) -> RestoreTest | None:
    """Read the latest restore test, passed or failed."""
    row = await connection.fetchrow(f"SELECT {_RESTORE_TEST} FROM restores ORDER BY proven_at DESC, name DESC LIMIT 1")
    return RestoreTest(*row) if row else None


async def read_queue(connection: Connection, at: datetime) -> Queue:
    """Read the state of the job queue."""
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


async def read_database_size(connection: Connection) -> int:
    size: int = await connection.fetchval("SELECT pg_database_size(current_database())")
    return size


async def count_by_state(connection: Connection) -> list[StateCount]:
    """Count deliveries, notifications and submissions by state."""
    parts = (f"SELECT '{table}', state, count(*) FROM {table} GROUP BY state" for table in _COUNTED)
    return [StateCount(*row) for row in await connection.fetch(" UNION ALL ".join(parts))]


async def list_heartbeats(connection: Connection) -> list[Heartbeat]:
    """List the heartbeats of running and recently stopped processes."""
    rows = await connection.fetch("SELECT process, role, seen_at, figures FROM heartbeats ORDER BY process")
    return [Heartbeat(*row) for row in rows]
