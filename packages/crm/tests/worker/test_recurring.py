"""One run of a recurring job, as the engine starts it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
from conftest import environment
from http_sink import HttpSink, run_http_sink

from crm import worker
from crm.config import load
from crm.kernel.app_context import AppContext
from crm.monitoring import job_runs
from crm.monitoring.cron_monitor import CronMonitor
from crm.monitoring.job_runs import Run
from crm.monitoring.process_metrics import Figures
from crm.timetable import Recurring


@pytest.fixture
async def watch() -> AsyncIterator[HttpSink]:
    async with run_http_sink() as receiver:
        yield receiver


@pytest.fixture
async def watched(clean: AppContext, database_url: str, watch: HttpSink) -> AsyncIterator[AppContext]:
    context = AppContext.of(load(environment(database_url, HEARTBEAT_URL=watch.url)))
    async with context.db.connection() as conn:
        await job_runs.register(conn, [("greet", "* * * * *", timedelta(minutes=5))])
    yield context
    await context.db.close()


async def run_once(context: AppContext, job: Any, figures: Figures) -> Run:
    pings = CronMonitor(context.config)
    await worker._recurring(context, Recurring("greet", "* * * * *", timedelta(minutes=5), job), figures, pings)(None)
    await pings.aclose()
    async with context.db.connection() as conn:
        (run,) = await job_runs.read(conn)
    return run


async def test_a_run_is_on_record_counted_and_reported(watched: AppContext, watch: HttpSink):
    during: list[Run] = []

    async def greet(context: AppContext, _: dict[str, Any]) -> None:
        async with context.db.connection() as conn:
            during.extend(await job_runs.read(conn))

    figures = Figures()
    run = await run_once(watched, greet, figures)
    assert during[0].started_at is not None
    assert during[0].succeeded_at is None
    assert run.succeeded_at is not None
    assert (figures.jobs["greet"].done, figures.jobs["greet"].failed) == (1, 0)
    assert [one.path.partition("?")[0] for one in watch.received] == ["/hook/greet/start", "/hook/greet/0"]


async def test_a_run_that_fails_is_reported_by_its_kind_and_on_record_with_its_words(
    watched: AppContext, watch: HttpSink
):
    async def greet(context: AppContext, _: dict[str, Any]) -> None:
        raise ValueError("Grace wrote: my number is 555")

    figures = Figures()
    run = await run_once(watched, greet, figures)
    assert run.error == "ValueError: Grace wrote: my number is 555"
    assert run.failed_at is not None
    assert figures.jobs["greet"].failed == 1
    assert watch.received[-1].path.startswith("/hook/greet/1?")
    assert watch.received[-1].body == b"ValueError"
