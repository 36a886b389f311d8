"""Ask how the service is, and take in what is told of its backups."""

from __future__ import annotations

from crm.kernel import clock
from crm.kernel.app_context import AppContext
from crm.kernel.db import Connection
from crm.monitoring import job_runs, memory
from crm.operations import queries
from crm.operations.forms import NewBackup, NewRestore
from crm.operations.models import Backup, Condition, Drill, JobState, Storage

MB = 1_000_000


async def condition(connection: Connection, context: AppContext) -> Condition:
    """How the service is right now."""
    config = context.config
    return Condition(
        version=config.version,
        commit=config.commit,
        started_at=context.started_at,
        memory=memory.read(),
        storage=Storage(await queries.database_bytes(connection), config.database_limit_mb * MB or None),
        jobs=[_state(run) for run in await job_runs.read(connection)],
        queue=await queries.queue(connection, clock.now()),
        last_backup=await queries.last_backup(connection),
        last_restore=await queries.last_proven(connection),
    )


async def take_backup(connection: Connection, told: NewBackup) -> Backup:
    """Keep what was told of a backup; told again, the first word stands."""
    return await queries.insert_backup(connection, told, clock.now())


async def take_restore(connection: Connection, told: NewRestore) -> Drill:
    """Keep what was told of a drill; told again, the first word stands."""
    return await queries.insert_restore(connection, told, clock.now())


def _state(run: job_runs.Run) -> JobState:
    return JobState(run.name, run.schedule, run.started_at, run.succeeded_at, run.error, run.late)
