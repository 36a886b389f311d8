"""The engine within this process, with jobs made for the purpose."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from typing import Any

import pytest

from crm import timetable, worker
from crm.kernel import clock, jobs
from crm.kernel.app_context import AppContext
from crm.monitoring import heartbeat, job_runs

WAIT_S = 60
"""Only a failure takes so long. A busy machine may need many times what a quiet one does."""


@contextlib.asynccontextmanager
async def run_worker(context: AppContext) -> AsyncIterator[None]:
    """A worker for the length of the block; it stops in good order."""
    stop = asyncio.Event()
    task = asyncio.create_task(worker.work(context, stop))
    try:
        yield
    finally:
        stop.set()
        await asyncio.wait_for(task, WAIT_S)


async def wait_for(holds: Callable[[], Any], seconds: float = WAIT_S) -> None:
    """Wait until `holds()`, which may be a coroutine, is true."""
    async with asyncio.timeout(seconds):
        while True:
            found = holds()
            if await found if asyncio.iscoroutine(found) else found:
                return
            await asyncio.sleep(0.02)


async def enqueue(context: AppContext, name: str, *payloads: dict[str, Any], **options: Any) -> None:
    async with context.db.transaction() as conn:
        await jobs.enqueue(conn, name, *payloads, **options)


async def list_queued(context: AppContext, name: str) -> list[str]:
    """The states of the jobs of this name. A recurring job that falls due may put others beside them."""
    async with context.db.connection() as conn:
        rows = await conn.fetch("SELECT status::text FROM pgqueuer WHERE entrypoint = $1", name)
    return [row[0] for row in rows]


async def is_done(context: AppContext, name: str) -> bool:
    return not await list_queued(context, name)


async def test_jobs_are_done_as_they_come_and_then_gone(clean: AppContext, monkeypatch: pytest.MonkeyPatch):
    done: list[str] = []

    async def greet(context: AppContext, payload: dict[str, Any]) -> None:
        done.append(payload["name"])

    monkeypatch.setattr(timetable, "JOBS", {"greet": greet})
    await enqueue(clean, "greet", {"name": "Ada"})
    async with run_worker(clean):
        await wait_for(lambda: done == ["Ada"])
        await enqueue(clean, "greet", {"name": "Grace"})
        await wait_for(lambda: done == ["Ada", "Grace"])
        await wait_for(lambda: is_done(clean, "greet"))


async def test_a_job_that_raises_is_tried_again_with_pauses_and_then_held_and_visible(
    clean: AppContext, monkeypatch: pytest.MonkeyPatch
):
    tries: list[Any] = []

    async def break_down(context: AppContext, payload: dict[str, Any]) -> None:
        tries.append(clock.now())
        if len(tries) < 5:
            raise ValueError("the gears are stuck")

    monkeypatch.setattr(timetable, "JOBS", {"break_down": break_down})
    monkeypatch.setattr(jobs, "PAUSES", (0.1, 0.3))
    monkeypatch.setattr(worker, "LOOK_EVERY", timedelta(seconds=0.1))
    await enqueue(clean, "break_down", {})
    async with run_worker(clean):
        await wait_for(lambda: _is_lock_held(clean))
        assert len(tries) == 3
        assert tries[1] - tries[0] >= timedelta(seconds=0.1)
        assert tries[2] - tries[1] >= timedelta(seconds=0.3)
        async with clean.db.connection() as conn:
            (held,) = [job for job in await jobs.list_failed(conn) if job.name == "break_down"]
            assert (held.attempts, held.error) == (3, "ValueError: the gears are stuck")
            assert await jobs.try_again(conn, held.id)
        await wait_for(lambda: is_done(clean, "break_down"))
    assert len(tries) == 5


async def _is_lock_held(context: AppContext) -> bool:
    return await list_queued(context, "break_down") == ["failed"]


async def test_what_the_engine_held_too_early_is_done_after_all(clean: AppContext, monkeypatch: pytest.MonkeyPatch):
    done = asyncio.Event()

    async def greet(context: AppContext, payload: dict[str, Any]) -> None:
        done.set()

    monkeypatch.setattr(timetable, "JOBS", {"greet": greet})
    monkeypatch.setattr(jobs, "PAUSES", (0.1, 0.1))
    await enqueue(clean, "greet", {})
    async with clean.db.connection() as conn:
        await conn.execute("UPDATE pgqueuer SET status = 'failed'")
    async with run_worker(clean):
        await asyncio.wait_for(done.wait(), WAIT_S)


async def test_many_jobs_at_once_are_taken_a_few_at_a_time(clean: AppContext, monkeypatch: pytest.MonkeyPatch):
    now = most = done = 0

    async def slow(context: AppContext, payload: dict[str, Any]) -> None:
        nonlocal now, most, done
        now += 1
        most = max(most, now)
        async with context.db.connection() as conn:
            await conn.execute("SELECT pg_sleep(0.02)")
        now -= 1
        done += 1

    monkeypatch.setattr(timetable, "JOBS", {"slow": slow})
    await enqueue(clean, "slow", *({} for _ in range(100)))
    async with run_worker(clean):
        await wait_for(lambda: done == 100)
    assert 1 < most <= worker.AT_ONCE


async def test_stopping_lets_the_job_in_hand_finish(clean: AppContext, monkeypatch: pytest.MonkeyPatch):
    begun, go_on = asyncio.Event(), asyncio.Event()
    finished = False

    async def long(context: AppContext, payload: dict[str, Any]) -> None:
        nonlocal finished
        begun.set()
        await go_on.wait()
        finished = True

    monkeypatch.setattr(timetable, "JOBS", {"long": long})
    await enqueue(clean, "long", {})
    stop = asyncio.Event()
    task = asyncio.create_task(worker.work(clean, stop))
    await asyncio.wait_for(begun.wait(), WAIT_S)
    stop.set()
    await asyncio.sleep(0)
    assert not task.done()
    go_on.set()
    await asyncio.wait_for(task, WAIT_S)
    assert finished
    assert await is_done(clean, "long")


async def test_a_worker_gives_signs_of_life_while_it_works(clean: AppContext):
    async with run_worker(clean):
        await wait_for(lambda: _has_heartbeat(clean))


async def _has_heartbeat(context: AppContext) -> bool:
    async with context.db.connection() as conn:
        return await heartbeat.last_seen(conn, "worker") is not None


async def test_a_recurring_job_runs_once_however_many_workers_there_are(
    clean: AppContext, monkeypatch: pytest.MonkeyPatch
):
    runs: list[float] = []

    async def tick(context: AppContext, payload: dict[str, Any]) -> None:
        runs.append(clock.now().timestamp())

    every = timetable.Recurring("tick", "* * * * * *", timedelta(minutes=1), tick)
    began = int(clock.now().timestamp())
    monkeypatch.setattr(timetable, "JOBS", {})
    monkeypatch.setattr(timetable, "RECURRING", (every,))
    async with run_worker(clean), run_worker(clean):
        await wait_for(lambda: len(runs) >= 5)
    # A run may be late, but there are never more runs than seconds that began.
    assert len(runs) <= int(runs[-1]) - began + 1
    async with clean.db.connection() as conn:
        noted = await conn.fetchrow("SELECT every, succeeded_at, failed_at, error FROM job_runs WHERE name = 'tick'")
    assert noted["every"] == timedelta(minutes=1)
    assert noted["succeeded_at"] is not None
    assert (noted["failed_at"], noted["error"]) == (None, "")


async def test_a_recurring_job_that_fails_is_noted_with_its_error(clean: AppContext, monkeypatch: pytest.MonkeyPatch):
    async def trip(context: AppContext, payload: dict[str, Any]) -> None:
        raise ValueError("over a wire")

    every = timetable.Recurring("trip", "* * * * * *", timedelta(minutes=1), trip)
    monkeypatch.setattr(timetable, "JOBS", {})
    monkeypatch.setattr(timetable, "RECURRING", (every,))

    async def is_recorded() -> bool:
        async with clean.db.connection() as conn:
            return await conn.fetchval("SELECT error FROM job_runs WHERE name = 'trip'") == "ValueError: over a wire"

    async with run_worker(clean):
        await wait_for(is_recorded)


def test_every_job_and_every_recurring_job_has_one_name():
    names = [*timetable.JOBS, *(recurring.name for recurring in timetable.RECURRING)]
    assert len(set(names)) == len(names)


async def test_a_worker_puts_the_whole_timetable_on_the_clock(clean: AppContext):
    async def is_registered() -> bool:
        async with clean.db.connection() as conn:
            return {run.name for run in await job_runs.read(conn)} >= {each.name for each in timetable.RECURRING}

    async with run_worker(clean):
        await wait_for(is_registered)


async def test_what_a_worker_has_done_is_reported_with_its_heartbeat(
    clean: AppContext, monkeypatch: pytest.MonkeyPatch
):
    async def greet(context: AppContext, payload: dict[str, Any]) -> None:
        if payload:
            raise ValueError("the gears are stuck")

    async def has_reported() -> bool:
        async with clean.db.connection() as conn:
            figures = await conn.fetchval("SELECT figures FROM heartbeats WHERE role = 'worker'")
        # A recurring job may fall due while the test runs, so other names may stand beside this one.
        tally = figures and figures["jobs"].get("greet")
        return bool(tally and (tally["done"], tally["failed"]) == (2, 1))

    monkeypatch.setattr(timetable, "JOBS", {"greet": greet})
    monkeypatch.setattr(heartbeat, "EVERY", timedelta(seconds=0.1))
    await enqueue(clean, "greet", {}, {}, {"stuck": True})
    async with run_worker(clean):
        await wait_for(has_reported)
