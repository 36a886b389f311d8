"""The page about what runs behind the pages: can it be brought back, does it work, has it room?"""

from __future__ import annotations

from datetime import timedelta

from starlette.responses import Response

from crm.kernel import clock, jobs, views
from crm.kernel.errors import NotFoundError
from crm.kernel.http.request import Request
from crm.monitoring import heartbeat, job_runs
from crm.operations import actions, queries
from crm.operations.formatting import ago, length, often, share, size

PATH = "/operations"
BACKUP_EVERY = timedelta(hours=26)
"""A backup is made every day; this is how old the last may be."""
DRILL_EVERY = timedelta(days=32)
"""A restore proven longer ago says little of today's backups."""


async def show(request: Request) -> Response:
    """How the service is, and what it gave up."""
    async with request.db.connection() as conn:
        now = await actions.condition(conn, request.app_context)
        drill = await queries.last_drill(conn)
        seen = await heartbeat.last_seen(conn, "worker")
        held = await jobs.list_failed(conn)
        recurring = await job_runs.read(conn)
    late = seen is None or clock.now() - seen > heartbeat.LATE
    return views.page(
        request, "operations/show.html", condition=now, drill=drill, seen=seen, late=late, held=held,
        recurring=recurring, here=PATH, size=size, share=share, length=length, ago=ago, often=often,
        backup_every=BACKUP_EVERY, drill_every=DRILL_EVERY,
    )  # fmt: skip


async def try_again(request: Request) -> Response:
    """Let a job that was given up have its tries once more."""
    async with request.db.transaction() as conn:
        if not await jobs.try_again(conn, request.id):
            raise NotFoundError("This job is not held any longer.")
    return views.redirect_with_toast(PATH, "It is tried again.")
