"""Every process reports regularly that it is alive, so that a worker that stopped silently is noticed."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from datetime import datetime, timedelta

import asyncpg

from crm.kernel import clock, db
from crm.kernel.app_context import AppContext
from crm.kernel.db import Connection
from crm.monitoring.process_metrics import Figures

EVERY = timedelta(seconds=10)
LATE = timedelta(seconds=45)
FORGOTTEN = timedelta(days=1)


async def beat(connection: Connection, context: AppContext, role: str, figures: Figures | None = None) -> None:
    """Record that this process is alive in `role`, and delete processes that ended long ago."""
    at = clock.now()
    await connection.execute(
        """
        INSERT INTO heartbeats (process, role, version, started_at, seen_at, figures)
        VALUES ($1, $2, $3, $4, $5, $6)
        ON CONFLICT (process) DO UPDATE SET seen_at = excluded.seen_at, figures = excluded.figures
        """,
        f"{role}-{context.process}", role, context.config.version, context.started_at, at,
        (figures or Figures()).with_memory(),
    )  # fmt: skip
    await connection.execute("DELETE FROM heartbeats WHERE seen_at < $1", at - FORGOTTEN)


async def last_seen(connection: Connection, role: str) -> datetime | None:
    """When a process in `role` was last alive."""
    seen: datetime | None = await connection.fetchval("SELECT max(seen_at) FROM heartbeats WHERE role = $1", role)
    return seen


async def farewell(context: AppContext, role: str) -> None:
    """Delete the record of this process as it stops."""
    with suppress(*db.TEMPORARY):
        async with context.db.connection() as connection:
            await connection.execute("DELETE FROM heartbeats WHERE process = $1", f"{role}-{context.process}")


async def keep_beating(context: AppContext, role: str, figures: Figures | None = None) -> None:
    """Beat until cancelled. A database that is unreachable or not migrated yet is tried again at the next beat."""
    while True:
        with suppress(*db.UNREACHABLE, asyncpg.PostgresError):
            async with context.db.connection() as connection:
                await beat(connection, context, role, figures)
        await asyncio.sleep(EVERY.total_seconds())
