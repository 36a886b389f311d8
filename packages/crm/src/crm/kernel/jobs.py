"""Jobs: enqueued in the caller's transaction, and run by a worker at least once. The engine is PgQueuer.

A job is a name and a JSON payload; `crm/timetable.py` lists the functions. A job must be safe to run twice, because a
worker can die between running it and recording that.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import msgspec

from crm.kernel import clock
from crm.kernel.db import Connection

if TYPE_CHECKING:
    from crm.kernel.app_context import AppContext

Job = Callable[["AppContext", dict[str, Any]], Awaitable[None]]
"""Takes the system (database, configuration, seal) and the payload given to `enqueue`."""

PAUSES = (5, 30, 120, 600, 1800, 3600)  # seconds before each retry of a job; after the last one it is held
SOON = 10  # the priority of jobs that people wait for
KEEP_LOG = timedelta(days=7)
KEEP_STATISTICS = timedelta(days=90)

# The INSERT of PgQueuer's own `enqueue`, whose client object costs more time than the statement.
_INSERT = """
INSERT INTO pgqueuer (priority, entrypoint, payload, execute_after, status)
SELECT $4, $1, payload, $3, 'queued'
FROM unnest($2::bytea[]) AS payload
"""


async def enqueue(
    connection: Connection, name: str, *payloads: dict[str, Any], at: datetime | None = None, priority: int = 0
) -> None:
    """Enqueue `name` once for each payload, to run when the transaction has committed, but not before `at`."""
    if payloads:
        encoded = [msgspec.json.encode(payload) for payload in payloads]
        await connection.execute(_INSERT, name, encoded, at or clock.now(), priority)


class FailedJob(msgspec.Struct, frozen=True):
    """A job whose last retry failed; `error` is the last line of the exception."""

    id: int
    name: str
    attempts: int
    created_at: datetime
    held_at: datetime
    error: str


async def list_failed(connection: Connection, limit: int = 100) -> list[FailedJob]:
    """Held jobs, the latest first."""
    rows = await connection.fetch(
        """
        SELECT job.id, job.entrypoint, job.attempts + 1, job.created, job.updated,
               coalesce(log.traceback->>'exception_type' || ': ' || (log.traceback->>'exception_message'), '')
        FROM pgqueuer AS job
        LEFT JOIN LATERAL (
            SELECT traceback FROM pgqueuer_log
            WHERE job_id = job.id AND status = 'failed'
            ORDER BY id DESC
            LIMIT 1
        ) AS log ON true
        WHERE job.status = 'failed'
        ORDER BY job.updated DESC
        LIMIT $1
        """,
        limit,
    )
    return [FailedJob(*row) for row in rows]


async def try_again(connection: Connection, number: int) -> bool:
    """Queue a held job again, with all its retries. False if it is no longer held."""
    done = await connection.execute(
        """
        UPDATE pgqueuer
        SET status = 'queued', attempts = 0, execute_after = $2, updated = $2, queue_manager_id = NULL
        WHERE id = $1 AND status = 'failed'
        """,
        number, clock.now(),
    )  # fmt: skip
    return bool(done == "UPDATE 1")


async def restore_interrupted(connection: Connection) -> None:
    """Queue jobs again that the engine failed too early, because the database was away as it scheduled the retry."""
    await connection.execute(
        """
        UPDATE pgqueuer
        SET status = 'queued', attempts = attempts + 1, execute_after = $2, updated = $2, queue_manager_id = NULL
        WHERE status = 'failed' AND attempts < $1
        """,
        len(PAUSES), clock.now() + timedelta(seconds=PAUSES[0]),
    )  # fmt: skip


async def tidy(context: AppContext, _: dict[str, Any]) -> None:
    """The recurring job that deletes old records of the engine."""
    now = clock.now()
    async with context.db.connection() as connection:
        await restore_interrupted(connection)
        await connection.execute(
            """
            DELETE FROM pgqueuer_log
            WHERE created < $1 AND NOT EXISTS (SELECT 1 FROM pgqueuer WHERE pgqueuer.id = pgqueuer_log.job_id)
            """,
            now - KEEP_LOG,
        )
        await connection.execute("DELETE FROM pgqueuer_statistics WHERE created < $1", now - KEEP_STATISTICS)
