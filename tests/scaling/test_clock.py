"""Two workers before one clock."""

from __future__ import annotations

import tempfile
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import asyncpg
import http_sink
import httpx
import running_system
from croniter import croniter_range
from multi_process import MultiProcessSystem
from wait_for import wait_for

from crm import timetable
from shared import embedded_postgres


async def test_a_recurring_job_runs_once_a_tick_and_not_once_a_worker(cluster: embedded_postgres.Cluster):
    cluster.create_database("clock", template="template_system")
    url = cluster.dsn("clock")
    sql, holder = await asyncpg.connect(url), await asyncpg.connect(url)
    began = datetime.now(UTC)
    for each in timetable.RECURRING:
        await sql.execute(
            "INSERT INTO pgqueuer_schedules (expression, entrypoint, next_run) VALUES ($1, $2, now() - interval '1s')",
            each.expression, each.name,
        )  # fmt: skip
    with tempfile.TemporaryDirectory(prefix="octatech-clock-") as folder:
        async with http_sink.run_http_sink() as watch, httpx.AsyncClient() as client:
            heard = f"http://127.0.0.1:{watch.port}/watch"
            pair = MultiProcessSystem(
                running_system.make_settings(Path(folder)), url, sql, client, HEARTBEAT_URL=heard
            ).workers
            transaction = holder.transaction()
            await transaction.start()
            # Both stand before the clock before either may read it.
            await holder.execute("LOCK TABLE pgqueuer_schedules IN EXCLUSIVE MODE")
            async with running_system.run_processes(*pair):
                await wait_for(lambda: _are_waiting(sql), "both workers want to read the clock")
                await transaction.commit()
                await wait_for(lambda: _all_have_run(sql), "every job has run")
                for worker in pair:
                    assert await worker.stop() == 0
    ended = datetime.now(UTC)
    runs = Counter(each.path.split("/")[2] for each in watch.received if "/start?" in each.path)
    assert set(runs) == {each.name for each in timetable.RECURRING}
    for each in timetable.RECURRING:
        # A tick that passes meanwhile is one of its own.
        more = len(list(croniter_range(began, ended, each.expression)))
        assert 1 <= runs[each.name] <= 1 + more, each.name
    await sql.close()
    await holder.close()


async def _are_waiting(sql: asyncpg.Connection) -> bool:
    waiting: int = await sql.fetchval(
        "SELECT count(*) FROM pg_locks WHERE relation = 'pgqueuer_schedules'::regclass AND NOT granted"
    )
    return waiting == 2


async def _all_have_run(sql: asyncpg.Connection) -> bool:
    return not await sql.fetchval(
        "SELECT EXISTS (SELECT FROM job_runs WHERE succeeded_at IS NULL)"
        " OR EXISTS (SELECT FROM pgqueuer_schedules WHERE status = 'picked')"
    )
