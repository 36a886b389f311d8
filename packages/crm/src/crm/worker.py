"""The worker: does jobs as they come and keeps the timetable, beside the web server or as a process of its own.

The engine is PgQueuer, over connections of its own. A database that goes away ends nothing: the worker comes
back with it. A job that raises is tried again with growing pauses and, after the last, held to be looked at.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import asyncpg
import msgspec
from pgqueuer import PgQueuer
from pgqueuer.errors import RetryRequested
from pgqueuer.models import Job as QueueJob
from pgqueuer.models import Schedule

from crm import timetable
from crm.kernel import clock, db, heartbeat, jobs, log
from crm.kernel.house import House

CONNECTIONS = 3
BATCH = 10
PAUSES = (5, 30, 120, 600, 1800, 3600)
"""Seconds before a job that raised is tried again."""
FORGET_WORKER_AFTER = timedelta(seconds=15)
_log = log.get("worker")


async def work(house: House, stop: asyncio.Event) -> None:
    """Do jobs until `stop` is set; jobs in hand are finished first."""
    pause = 1.0
    while not stop.is_set():
        try:
            pool = await _pool(house)
        except (*db.UNREACHABLE, asyncpg.PostgresError) as fault:
            _log.warning("database_away", fault=type(fault).__name__, again_in_s=pause)
            await _wait(stop, pause)
            pause = min(pause * 2, 10)
            continue
        pause = 1.0
        try:
            await _run(house, pool, stop)
        except Exception:
            # Whatever the engine stumbles over, most often its connection, a fresh one gets another try.
            _log.exception("engine_stopped")
            await _wait(stop, pause)
        finally:
            with contextlib.suppress(TimeoutError, *db.UNREACHABLE):
                await asyncio.wait_for(pool.close(), timeout=3)


async def _pool(house: House) -> asyncpg.Pool[asyncpg.Record]:
    return await asyncpg.create_pool(
        house.config.database_url,
        min_size=2,
        max_size=CONNECTIONS,
        timeout=db.CONNECT_TIMEOUT_S,
        server_settings=db.settings("crm-worker"),
    )


async def _run(house: House, pool: asyncpg.Pool[asyncpg.Record], stop: asyncio.Event) -> None:
    queue = PgQueuer.from_asyncpg_pool(pool)
    for name, job in timetable.JOBS.items():
        queue.entrypoint(name, on_failure="hold")(_once(house, name, job))
    for recurring in timetable.RECURRING:
        queue.schedule(recurring.name, recurring.expression, clean_old=True)(_recurring(house, recurring))
    stopping = asyncio.create_task(_pass_on(stop, queue.shutdown))
    try:
        await queue.run(
            dequeue_timeout=timedelta(seconds=10),
            batch_size=BATCH,
            heartbeat_timeout=FORGET_WORKER_AFTER,
            shutdown_on_listener_failure=True,
        )
    finally:
        stopping.cancel()


def _once(house: House, name: str, job: jobs.Job) -> Any:
    async def run(task: QueueJob) -> None:
        payload: dict[str, Any] = msgspec.json.decode(task.payload or b"{}")
        try:
            await job(house, payload)
        except Exception as fault:
            if task.attempts >= len(PAUSES):
                raise
            _log.warning("job_failed", job=name, attempt=task.attempts + 1, exc_info=fault)
            raise RetryRequested(delay=timedelta(seconds=PAUSES[task.attempts])) from fault

    return run


def _recurring(house: House, recurring: timetable.Recurring) -> Any:
    async def run(_: Schedule) -> None:
        try:
            await recurring.job(house, {})
        except Exception as fault:
            _log.exception("recurring_failed", job=recurring.name)
            await _note(house, recurring, f"{type(fault).__name__}: {fault}")
        else:
            await _note(house, recurring, "")

    return run


async def _note(house: House, recurring: timetable.Recurring, error: str) -> None:
    async with house.db.connection() as connection:
        await connection.execute(
            """
            INSERT INTO job_runs (name, every, succeeded_at, failed_at, error)
            VALUES ($1, $2, CASE WHEN $4 = '' THEN $3::timestamptz END, CASE WHEN $4 <> '' THEN $3::timestamptz END, $4)
            ON CONFLICT (name) DO UPDATE SET
                every = excluded.every,
                succeeded_at = coalesce(excluded.succeeded_at, job_runs.succeeded_at),
                failed_at = coalesce(excluded.failed_at, job_runs.failed_at),
                error = excluded.error
            """,
            recurring.name, recurring.every, clock.now(), error[:500],
        )  # fmt: skip


async def _pass_on(stop: asyncio.Event, shutdown: asyncio.Event) -> None:
    await stop.wait()
    shutdown.set()


async def _wait(stop: asyncio.Event, seconds: float) -> None:
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(stop.wait(), timeout=seconds)


@contextlib.asynccontextmanager
async def living(house: House, role: str) -> AsyncIterator[None]:
    """Start what belongs to a process in `role` (`web` or `worker`), and stop it in good order at the end."""
    stop = asyncio.Event()
    works = role == "worker" or house.config.worker == "embedded"
    roles = [role] if role == "worker" or not works else [role, "worker"]
    beating = [asyncio.create_task(heartbeat.keep_beating(house, name)) for name in roles]
    working = asyncio.create_task(work(house, stop)) if works else None
    try:
        yield
    finally:
        stop.set()
        if working is not None:
            await working
        for task in beating:
            task.cancel()
        for name in roles:
            await heartbeat.farewell(house, name)
        await house.db.close()
