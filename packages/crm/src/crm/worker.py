"""The worker: runs queued and scheduled jobs, inside the web process or in a process of its own.

The engine is PgQueuer, with its own connections. The worker reconnects after a lost database. A job that raises is
retried with growing pauses, and counts as failed after the last. If a worker is killed, another takes over its jobs
after `FORGET_WORKER_AFTER`.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Coroutine
from datetime import timedelta
from functools import partial
from typing import Any

import asyncpg
import msgspec
from pgqueuer import PgQueuer
from pgqueuer.errors import FailingListenerError, RetryRequested
from pgqueuer.models import Job as QueueJob
from pgqueuer.models import Schedule

from crm import timetable
from crm.inbound import intake
from crm.kernel import clock, db, jobs, log
from crm.kernel.app_context import AppContext
from crm.monitoring import heartbeat, job_runs
from crm.monitoring.cron_monitor import CronMonitor
from crm.monitoring.process_metrics import Figures
from crm.workspace import search

CONNECTIONS = 3
BATCH = 10
AT_ONCE = 20
"""How many jobs run at once. A thousand due jobs must not take a thousand connections."""
JOB_TIMEOUT_S = 600
LOOK_EVERY = timedelta(seconds=5)
"""How often to look at the queue without a notification."""
FORGET_WORKER_AFTER = timedelta(seconds=10)
STATEMENT_TIMEOUT_S = 20
"""A database that accepts connections but never responds counts as unreachable after this time."""
RAN_WELL_S = 30
STOP_WITHIN_S = 20
"""How long running jobs may take to finish at the end. Another worker repeats the others."""
_log = log.get("worker")


async def work(context: AppContext, stop: asyncio.Event) -> None:
    """Run jobs until `stop` is set, then let the running ones finish."""
    pause = 1.0
    while not stop.is_set():
        try:
            pool = await _pool(context)
        except (*db.UNREACHABLE, asyncpg.PostgresError) as error:
            _log.warning("database_away", error=type(error).__name__, again_in_s=pause)
            await _wait(stop, pause)
            pause = min(pause * 2, 10)
            continue
        began = time.monotonic()
        try:
            await _run(context, pool, stop)
        except FailingListenerError:
            # The connection that receives notifications is dead.
            _log.warning("listener_silent")
        except db.UNREACHABLE as error:
            _log.warning("database_away", error=type(error).__name__)
        except Exception:
            # After any other error, start a new engine.
            _log.exception("engine_stopped")
        finally:
            try:
                await asyncio.wait_for(pool.close(), timeout=3)
            except (TimeoutError, *db.UNREACHABLE):
                pool.terminate()
        pause = 1.0 if time.monotonic() - began > RAN_WELL_S else min(pause * 2, 10)
        await _wait(stop, pause)


async def _pool(context: AppContext) -> asyncpg.Pool[asyncpg.Record]:
    return await asyncpg.create_pool(
        context.config.database_url,
        min_size=2,
        max_size=CONNECTIONS,
        timeout=db.CONNECT_TIMEOUT_S,
        command_timeout=STATEMENT_TIMEOUT_S,
        server_settings=db.settings("crm-worker"),
    )


async def _run(context: AppContext, pool: asyncpg.Pool[asyncpg.Record], stop: asyncio.Event) -> None:
    async with pool.acquire() as connection:
        await jobs.restore_interrupted(connection)
        await job_runs.register(connection, ((each.name, each.expression, each.every) for each in timetable.RECURRING))
    queue = PgQueuer.from_asyncpg_pool(pool)
    figures, pings = Figures(), CronMonitor(context.config)
    for name, job in timetable.JOBS.items():
        queue.entrypoint(name, on_failure="hold")(_once(context, name, job, figures))
    for recurring in timetable.RECURRING:
        # Schedules stay in the database, so a run that was missed without a worker runs once.
        queue.schedule(recurring.name, recurring.expression)(_recurring(context, recurring, figures, pings))
    # The engine tests its connection with a notification before it listens, and after ten seconds without it assumes a
    # dead connection. So listen first.
    await queue.connection.add_listener(queue.channel, _ignore)
    wake = asyncio.Event()
    await queue.connection.add_listener(intake.STORED, lambda _: wake.set())
    # Heartbeats are sent only while the engine runs, so a worker that cannot work is noticed.
    async with (
        contextlib.aclosing(pings),
        _beside(heartbeat.keep_beating(context, "worker", figures)),
        _beside(intake.process_waiting(context, stop, wake, when_idle=partial(search.index_batch, context))),
        _beside(_pass_on(stop, queue.shutdown)),
    ):
        await queue.run(
            dequeue_timeout=LOOK_EVERY,
            batch_size=BATCH,
            max_concurrent_tasks=AT_ONCE,
            heartbeat_timeout=FORGET_WORKER_AFTER,
            shutdown_on_listener_failure=True,
        )


def _ignore(_: object) -> None:
    """Do nothing. The engine adds its own listener later."""


def _once(context: AppContext, name: str, job: jobs.Job, figures: Figures) -> Any:
    async def run(task: QueueJob) -> None:
        payload: dict[str, Any] = msgspec.json.decode(task.payload or b"{}")
        try:
            await _run_measured(context, name, job, payload, figures)
        except Exception as error:
            if task.attempts >= len(jobs.PAUSES):
                _log.error("job_held", job=name, number=task.id, attempts=task.attempts + 1)
                raise
            _log.warning("job_failed", job=name, number=task.id, attempt=task.attempts + 1, exc_info=error)
            raise RetryRequested(delay=timedelta(seconds=jobs.PAUSES[task.attempts])) from error

    return run


def _recurring(context: AppContext, recurring: timetable.Recurring, figures: Figures, pings: CronMonitor) -> Any:
    name = recurring.name

    async def run(_: Schedule) -> None:
        monitored, error = pings.report_start(name), ""
        try:
            async with context.db.connection() as connection:
                await job_runs.record_start(connection, name, clock.now())
            await _run_measured(context, name, recurring.job, {}, figures)
        except Exception as raised:
            _log.exception("recurring_failed", job=name)
            error = f"{type(raised).__name__}: {raised}"
        # The message may hold personal data, so the monitor gets only the class of the exception.
        pings.report_end(monitored, error.partition(":")[0])
        async with context.db.connection() as connection:
            await job_runs.record_end(connection, name, clock.now(), error)

    return run


async def _run_measured(
    context: AppContext, name: str, job: jobs.Job, payload: dict[str, Any], figures: Figures
) -> None:
    """Run the job with a timeout, and count it."""
    began, failed = time.monotonic(), True
    try:
        async with asyncio.timeout(JOB_TIMEOUT_S):
            await job(context, payload)
        failed = False
    finally:
        figures.count(name, time.monotonic() - began, failed=failed)


async def _pass_on(stop: asyncio.Event, shutdown: asyncio.Event) -> None:
    await stop.wait()
    shutdown.set()


async def _wait(stop: asyncio.Event, seconds: float) -> None:
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(stop.wait(), timeout=seconds)


@contextlib.asynccontextmanager
async def _beside(work_: Coroutine[Any, Any, None]) -> AsyncIterator[None]:
    """Run `work_` in the background during the block."""
    task = asyncio.create_task(work_)
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait({task})


@contextlib.asynccontextmanager
async def living(context: AppContext, role: str) -> AsyncIterator[None]:
    """Start the background tasks of a process in `role` (`web` or `worker`), and stop them at the end."""
    stop = asyncio.Event()
    has_worker = role == "worker" or context.config.worker == "embedded"
    beating = asyncio.create_task(heartbeat.keep_beating(context, "web")) if role == "web" else None
    working = asyncio.create_task(work(context, stop)) if has_worker else None
    try:
        yield
    finally:
        stop.set()
        if working is not None:
            await asyncio.wait({working}, timeout=STOP_WITHIN_S)
            working.cancel()
            await asyncio.wait({working})
            await heartbeat.farewell(context, "worker")
        if beating is not None:
            beating.cancel()
            await asyncio.wait({beating})
            await heartbeat.farewell(context, "web")
        await context.db.close()
