"""The Operations page: what needs attention, and a retry of failed jobs."""

from __future__ import annotations

from starlette.responses import Response

from crm.kernel import jobs, views
from crm.kernel.errors import NotFoundError
from crm.kernel.http.request import Request
from crm.monitoring import heartbeat, job_runs
from crm.workspace.operations import actions, queries
from crm.workspace.operations.checks import run_checks
from crm.workspace.operations.formatting import format_duration, format_schedule, format_size, percent

PATH = "/operations"


async def show(request: Request) -> Response:
    """Show what needs attention, and everything else folded."""
    context = request.app_context
    async with request.db.connection() as conn:
        status = await actions.read_status(conn, context)
        last_test = await queries.read_last_restore_test(conn)
        seen = await heartbeat.last_seen(conn, "worker")
        failed_jobs = await jobs.list_failed(conn)
        recurring = await job_runs.read(conn)
    checks = run_checks(
        status, restore_test=last_test, worker_seen=seen, recurring=recurring, failed_jobs=failed_jobs,
        is_production=context.config.production,
    )  # fmt: skip
    return views.page(
        request, "operations/show.html", checks=checks, system=status, last_test=last_test, seen=seen,
        failed_jobs=failed_jobs, recurring=recurring, format_size=format_size, share=percent,
        format_duration=format_duration, format_schedule=format_schedule, job_label=job_runs.label,
    )  # fmt: skip


async def retry_job(request: Request) -> Response:
    """Queue a failed job again."""
    async with request.db.transaction() as conn:
        if not await jobs.try_again(conn, request.id):
            raise NotFoundError("This job is no longer in the list of failed jobs. Reload the page.")
    return views.redirect_with_toast(PATH, "The job will run again.")
