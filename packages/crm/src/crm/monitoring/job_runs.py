"""Recurring jobs: their schedule, and when each last started, succeeded and failed.

Several workers may write at once: times only move forward, and the run that ends last sets the error.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

import msgspec

from crm.kernel import clock
from crm.kernel.db import Connection

LONGEST_ERROR = 500
_LABELS = {
    "settle_submissions": "Process enquiries", "purge_submissions": "Delete old spam",
    "tidy_sign_ins": "Clean up sessions", "tidy_jobs": "Clean up finished jobs",
    "forget_synthetic": "Delete test enquiries", "forget_repeats": "Delete old idempotency keys",
    "forget_deliveries": "Delete old deliveries", "forget_notifications": "Delete old notifications",
    "forget_audit": "Delete old audit entries",
    "forget_changes": "Delete old change sets",
    "forget_imports": "Delete old imports",
    "normalize_stored": "Bring stored values into their usual form",
    "sink_notification": "Test notification",
}  # fmt: skip
"""What people read for a job whose stored name is not plain enough."""


def label(name: str) -> str:
    """The name of a job as people read it."""
    return _LABELS.get(name, name.replace("_", " ").capitalize())


class Run(msgspec.Struct, frozen=True):
    """A recurring job. `schedule` is cron in UTC, `every` the longest gap that is healthy, `since` the start."""

    name: str
    schedule: str
    every: timedelta
    since: datetime | None
    started_at: datetime | None
    succeeded_at: datetime | None
    failed_at: datetime | None
    error: str

    @property
    def late(self) -> bool:
        quiet_since = self.succeeded_at or self.since
        return quiet_since is not None and clock.now() - quiet_since > self.every


COLUMNS = ", ".join(Run.__struct_fields__)


async def read(connection: Connection) -> list[Run]:
    """Every recurring job, by name."""
    return [Run(*row) for row in await connection.fetch(f"SELECT {COLUMNS} FROM job_runs ORDER BY name")]  # noqa: S608 names of columns, no values


async def register(connection: Connection, clocked: Iterable[tuple[str, str, timedelta]]) -> None:
    """Store the recurring jobs as name, schedule and longest gap, and delete all others."""
    jobs = list(clocked)
    await connection.executemany(
        """
        INSERT INTO job_runs (name, schedule, every, since)
        VALUES ($1, $2, $3, $4)
        ON CONFLICT (name) DO UPDATE
        SET schedule = excluded.schedule, every = excluded.every, since = coalesce(job_runs.since, excluded.since)
        """,
        [(*job, clock.now()) for job in jobs],
    )
    await connection.execute("DELETE FROM job_runs WHERE name <> ALL($1)", [name for name, *_ in jobs])


async def record_start(connection: Connection, name: str, at: datetime) -> None:
    """Record that a run of `name` started."""
    await connection.execute("UPDATE job_runs SET started_at = greatest(started_at, $2) WHERE name = $1", name, at)


async def record_end(connection: Connection, name: str, at: datetime, error: str = "") -> None:
    """Record that a run of `name` ended, with `error` if it failed."""
    await connection.execute(
        """
        UPDATE job_runs
        SET succeeded_at = CASE WHEN $3 = '' THEN greatest(succeeded_at, $2) ELSE succeeded_at END,
            failed_at = CASE WHEN $3 <> '' THEN greatest(failed_at, $2) ELSE failed_at END,
            error = CASE WHEN $2 >= coalesce(greatest(succeeded_at, failed_at), $2) THEN $3 ELSE error END
        WHERE name = $1
        """,
        name, at, error[:LONGEST_ERROR],
    )  # fmt: skip
