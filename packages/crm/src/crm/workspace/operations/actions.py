"""Reads the state of the system, and stores reports of backups and restore tests."""

from __future__ import annotations

from crm.kernel import clock
from crm.kernel.app_context import AppContext
from crm.kernel.db import Connection
from crm.monitoring import job_runs, memory
from crm.workspace.operations import queries
from crm.workspace.operations.forms import NewBackup, NewRestoreTest
from crm.workspace.operations.models import Backup, JobState, RestoreTest, Storage, SystemStatus

MB = 1_000_000


async def read_status(connection: Connection, context: AppContext) -> SystemStatus:
    """Read the state of the system now."""
    config = context.config
    return SystemStatus(
        version=config.version,
        commit=config.commit,
        started_at=context.started_at,
        memory=memory.read(),
        storage=Storage(await queries.read_database_size(connection), config.database_limit_mb * MB or None),
        jobs=[_job_state(run) for run in await job_runs.read(connection)],
        queue=await queries.read_queue(connection, clock.now()),
        last_backup=await queries.read_last_backup(connection),
        last_restore=await queries.read_last_restore(connection),
    )


async def store_backup(connection: Connection, report: NewBackup) -> Backup:
    """Store the report of a backup. Reporting is idempotent: the first report stays."""
    return await queries.insert_backup(connection, report, clock.now())


async def store_restore_test(connection: Connection, report: NewRestoreTest) -> RestoreTest:
    """Store the report of a restore test. Reporting is idempotent: the first report stays."""
    return await queries.insert_restore_test(connection, report, clock.now())


def _job_state(run: job_runs.Run) -> JobState:
    return JobState(run.name, run.schedule, run.started_at, run.succeeded_at, run.error, run.late)
