"""The Operations page: backups, restore tests, scheduled jobs, failed jobs and resources."""

from __future__ import annotations

from datetime import timedelta

from starlette.responses import Response

from crm.kernel import clock, jobs, views
from crm.kernel.errors import NotFoundError
from crm.kernel.http.request import Request
from crm.monitoring import heartbeat, job_runs
from crm.workspace.operations import actions, queries
from crm.workspace.operations.formatting import format_ago, format_duration, format_schedule, format_size, percent

PATH = "/operations"
BACKUP_EVERY = timedelta(hours=26)
"""How old the last backup may be. There is one every day."""
RESTORE_TEST_EVERY = timedelta(days=32)
"""How old the last restore test may be."""


async def show(request: Request) -> Response:
    """Show the state of the system and the failed jobs."""
    async with request.db.connection() as conn:
        status = await actions.read_status(conn, request.app_context)
        restore_test = await queries.read_last_restore_test(conn)
        seen = await heartbeat.last_seen(conn, "worker")
        failed_jobs = await jobs.list_failed(conn)
        recurring = await job_runs.read(conn)
    late = seen is None or clock.now() - seen > heartbeat.LATE
    return views.page(
        request, "operations/show.html", system=status, restore_test=restore_test, seen=seen, late=late,
        failed_jobs=failed_jobs, recurring=recurring, format_size=format_size, share=percent,
        format_duration=format_duration, format_ago=format_ago, format_schedule=format_schedule,
        job_label=job_runs.label, backup_every=BACKUP_EVERY, restore_test_every=RESTORE_TEST_EVERY,
    )  # fmt: skip


async def retry_job(request: Request) -> Response:
    """Queue a failed job again."""
    async with request.db.transaction() as conn:
        if not await jobs.try_again(conn, request.id):
            raise NotFoundError("This job is no longer in the list of failed jobs. Reload the page.")
    return views.redirect_with_toast(PATH, "The job will run again.")
