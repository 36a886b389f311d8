"""Runs of recurring jobs: which there are, when each last began, succeeded and failed.

Any number of workers may write at once: a time only moves forward, and the last to end has the last word.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

import msgspec

from crm.kernel import clock
from crm.kernel.db import Connection

LONGEST_ERROR = 500


class Run(msgspec.Struct, frozen=True):
    """A recurring job as its last runs left it.

    `schedule` is cron in UTC, `every` the longest silence that is still healthy, `since` when it was first on the
    clock; a job that has never succeeded is late only when it has been there for that long.
    """

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
    """Put jobs on the clock as name, schedule and longest silence; one that is not among them any more is forgotten."""
    jobs = list(clocked)
    await connection.executemany(
        """
        INSERT INTO job_runs (name, schedule, every, since)
        VALUES ($1, $2, $3, $4)
        ON CONFLICT (name) DO UPDATE SET
            schedule = excluded.schedule,
            every = excluded.every,
            since = coalesce(job_runs.since, excluded.since)
        """,
        [(*job, clock.now()) for job in jobs],
    )
    await connection.execute("DELETE FROM job_runs WHERE name <> ALL($1)", [name for name, *_ in jobs])


async def began(connection: Connection, name: str, at: datetime) -> None:
    """A run of `name` began at that moment."""
    await connection.execute(
        "UPDATE job_runs SET started_at = greatest(started_at, $2) WHERE name = $1",
        name, at,
    )  # fmt: skip


async def ended(connection: Connection, name: str, at: datetime, error: str = "") -> None:
    """A run of `name` ended at that moment, well or with `error`."""
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
