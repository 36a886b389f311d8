"""The page about what runs behind the pages: recurring jobs and when they last ran, and jobs that were given up."""

from __future__ import annotations

from datetime import datetime, timedelta

import msgspec
from litestar.response.base import ASGIResponse

from crm.kernel import clock, heartbeat, jobs, views
from crm.kernel.db import Connection
from crm.kernel.errors import NotFound
from crm.kernel.http.request import Request

PATH = "/settings/background"


class Run(msgspec.Struct, frozen=True):
    """A recurring job as its last runs left it; `every` is the longest silence that is still healthy."""

    name: str
    every: timedelta
    succeeded_at: datetime | None
    failed_at: datetime | None
    error: str

    @property
    def late(self) -> bool:
        return self.succeeded_at is None or clock.now() - self.succeeded_at > self.every


async def runs(connection: Connection) -> list[Run]:
    """Every recurring job that has run, by name."""
    rows = await connection.fetch("SELECT name, every, succeeded_at, failed_at, error FROM job_runs ORDER BY name")
    return [Run(*row) for row in rows]


async def show(request: Request) -> ASGIResponse:
    """How the worker is, what it last did, and what it gave up."""
    async with request.db.connection() as conn:
        seen = await heartbeat.last_seen(conn, "worker")
        held = await jobs.held(conn)
        recurring = await runs(conn)
    late = seen is None or clock.now() - seen > heartbeat.LATE
    return views.page(request, "background.html", seen=seen, late=late, held=held, recurring=recurring, here=PATH)


async def try_again(request: Request) -> ASGIResponse:
    """Let a job that was given up have its tries once more."""
    async with request.db.transaction() as conn:
        if not await jobs.try_again(conn, request.id):
            raise NotFound("This job is not held any longer.")
    return views.go(PATH, "It is tried again.")
