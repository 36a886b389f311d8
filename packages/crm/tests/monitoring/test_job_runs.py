from __future__ import annotations

from datetime import timedelta

import pytest

from crm.kernel import clock
from crm.kernel.db import Connection
from crm.monitoring import job_runs
from crm.monitoring.job_runs import Run

HOUR = timedelta(hours=1)


@pytest.fixture
async def conn(conn: Connection) -> Connection:
    await conn.execute("DELETE FROM job_runs")
    await job_runs.register(conn, [("tidy", "17 * * * *", HOUR)])
    return conn


async def only(conn: Connection) -> Run:
    (run,) = await job_runs.read(conn)
    return run


async def test_a_job_is_known_before_it_ever_ran_and_late_once_it_should_have(conn: Connection):
    assert (await only(conn)).started_at is None
    assert not (await only(conn)).late
    with clock.at(clock.now() + 2 * HOUR):
        assert (await only(conn)).late


async def test_a_new_worker_keeps_what_is_known_and_forgets_jobs_that_are_gone(conn: Connection):
    before = await only(conn)
    await job_runs.record_end(conn, "tidy", clock.now())
    with clock.at(clock.now() + HOUR):
        await job_runs.register(conn, [("tidy", "18 * * * *", 2 * HOUR), ("sweep", "1 1 * * *", HOUR)])
    tidy = next(run for run in await job_runs.read(conn) if run.name == "tidy")
    assert (tidy.schedule, tidy.every, tidy.since) == ("18 * * * *", 2 * HOUR, before.since)
    assert tidy.succeeded_at is not None
    await job_runs.register(conn, [("sweep", "1 1 * * *", HOUR)])
    assert (await only(conn)).name == "sweep"


async def test_of_two_workers_the_last_to_end_has_the_last_word(conn: Connection):
    now = clock.now()
    await job_runs.record_start(conn, "tidy", now)
    await job_runs.record_start(conn, "tidy", now - HOUR)
    await job_runs.record_end(conn, "tidy", now + HOUR)
    await job_runs.record_end(conn, "tidy", now, "OSError: an old story")
    run = await only(conn)
    assert (run.started_at, run.succeeded_at, run.failed_at, run.error) == (now, now + HOUR, now, "")


async def test_a_failure_stays_until_a_run_ends_well(conn: Connection):
    now = clock.now()
    await job_runs.record_end(conn, "tidy", now, "ValueError: " + "x" * 1000)
    assert len((await only(conn)).error) == job_runs.LONGEST_ERROR
    assert (await only(conn)).succeeded_at is None
    await job_runs.record_end(conn, "tidy", now + HOUR)
    assert (await only(conn)).error == ""
