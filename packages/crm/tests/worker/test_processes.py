"""Real processes: killed, stopped, left without a database. Nothing that was written is ever lost."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import factories
import pytest
from conftest import environment
from crm_process import find_free_port, has_worker_state, run_crm, wait_for
from http_sink import Reply, run_http_sink

from crm import config, migrate
from crm.kernel import events
from crm.kernel.app_context import AppContext
from crm.outbound.webhooks.events import WebhookPaused
from shared import embedded_postgres

IDLE_MB = 150
"""Resident memory of the service with the worker inside, idle (01-architecture, numbers to hold)."""


@pytest.fixture(scope="module")
def fragile() -> Iterator[embedded_postgres.Cluster]:
    """A PostgreSQL that may be stopped under everybody's feet."""
    with embedded_postgres.scratch() as running:
        yield running


async def add(context: AppContext, url: str) -> None:
    """Adds a webhook at `url` for every event."""
    async with context.db.transaction() as conn:
        await factories.create_webhook(conn, context, url)


async def happens(context: AppContext) -> None:
    async with context.db.transaction() as conn:
        await events.publish(conn, WebhookPaused(id=7, name="Orders", reason="It broke.", failing_since=None))


async def states(context: AppContext) -> list[str]:
    async with context.db.connection() as conn:
        return [row[0] for row in await conn.fetch("SELECT state FROM webhook_deliveries ORDER BY id")]


async def is_taken(context: AppContext) -> bool:
    async with context.db.connection() as conn:
        return bool(await conn.fetchval("SELECT EXISTS (SELECT FROM pgqueuer WHERE status = 'picked')"))


async def works(context: AppContext) -> bool:
    async with context.db.connection() as conn:
        return bool(await conn.fetchval("SELECT EXISTS (SELECT FROM heartbeats WHERE role = 'worker')"))


async def test_neither_a_killed_worker_nor_a_crashed_database_loses_a_delivery(
    apart: Callable[[str], AppContext], fragile: embedded_postgres.Cluster, tmp_path: Path
):
    # Together, since each of them mostly waits until a worker counts as gone.
    await asyncio.gather(
        killed_before_the_call(apart("before"), tmp_path),
        killed_after_the_call(apart("after"), tmp_path),
        crashed_during_the_call(fragile, tmp_path),
    )


async def killed_before_the_call(context: AppContext, folder: Path) -> None:
    async with run_http_sink() as receiver:
        await add(context, receiver.url)
        await happens(context)
        async with context.db.connection() as conn:
            held = conn.transaction()
            await held.start()
            # The worker takes the job and waits here, before it knows what to send.
            await conn.execute("LOCK TABLE webhook_deliveries IN ACCESS EXCLUSIVE MODE")
            async with run_crm(context, folder, "worker") as first:
                await wait_for(lambda: is_taken(context))
                first.kill()
                await first.wait()
            await held.rollback()
        assert receiver.received == []
        async with run_crm(context, folder, "worker"):
            await receiver.wait_until(lambda receiver: len(receiver.received) == 1)
            await wait_for(lambda: _is_delivered(context))


async def killed_after_the_call(context: AppContext, folder: Path) -> None:
    async with run_http_sink() as receiver:
        receiver.replies = [Reply(silent=True), Reply()]
        await add(context, receiver.url)
        await happens(context)
        async with run_crm(context, folder, "worker") as first:
            await receiver.wait_until(lambda receiver: len(receiver.received) == 1)
            first.kill()
            await first.wait()
        async with run_crm(context, folder, "worker"):
            await wait_for(lambda: _is_delivered(context))
    once, twice = receiver.received
    assert (once.headers["webhook-id"], once.body) == (twice.headers["webhook-id"], twice.body)


async def crashed_during_the_call(fragile: embedded_postgres.Cluster, folder: Path) -> None:
    """The same worker comes back with its database, and finishes what it had begun."""
    fragile.create_database("crm_fragile")
    await asyncio.to_thread(migrate.migrate, fragile.dsn("crm_fragile"))
    context = AppContext.of(config.load(environment(fragile.dsn("crm_fragile"))))
    async with run_http_sink() as receiver, run_crm(context, folder, "worker") as worker:
        answer = asyncio.Event()
        receiver.replies = [Reply(after=answer), Reply()]
        await add(context, receiver.url)
        await happens(context)
        await receiver.wait_until(lambda receiver: len(receiver.received) == 1)
        await asyncio.to_thread(fragile.halt, signal.SIGQUIT)
        answer.set()
        await asyncio.to_thread(fragile.start)
        await wait_for(lambda: _has_happened(context))
        await wait_for(lambda: _all_delivered(context, 2))
        assert worker.returncode is None
    await context.db.close()


async def _is_delivered(context: AppContext) -> bool:
    return await states(context) == ["delivered"]


async def test_a_worker_asked_to_stop_finishes_the_delivery_in_hand(apart: Callable[[str], AppContext], tmp_path: Path):
    context = apart("stopped")
    answer = asyncio.Event()
    async with run_http_sink() as receiver, run_crm(context, tmp_path, "worker") as worker:
        receiver.replies = [Reply(after=answer)]
        await add(context, receiver.url)
        await happens(context)
        await receiver.wait_until(lambda receiver: len(receiver.received) == 1)
        worker.send_signal(signal.SIGTERM)
        answer.set()
        assert await asyncio.wait_for(worker.wait(), 60) == 0
    assert (await states(context))[0] == "delivered"
    assert not await works(context)


async def _has_happened(context: AppContext) -> bool:
    await happens(context)
    return True


async def _all_delivered(context: AppContext, number: int) -> bool:
    return await states(context) == ["delivered"] * number


async def test_the_service_delivers_with_the_worker_inside_within_its_memory(
    apart: Callable[[str], AppContext], tmp_path: Path
):
    context = apart("inside")
    port = find_free_port()
    async with (
        run_http_sink() as receiver,
        run_crm(context, tmp_path, "serve", WORKER="embedded", PORT=str(port)) as service,
    ):
        await wait_for(lambda: has_worker_state(port, "ok"))
        await add(context, receiver.url)
        await happens(context)
        await wait_for(lambda: _is_delivered(context))
        assert resident_mb(service.pid) <= IDLE_MB
        service.send_signal(signal.SIGTERM)
        await asyncio.wait_for(service.wait(), 60)
    assert not await works(context)


async def test_the_service_leaves_jobs_to_a_separate_worker_and_health_sees_it_come(
    apart: Callable[[str], AppContext], tmp_path: Path
):
    context = apart("separate")
    port = find_free_port()
    async with (
        run_http_sink() as receiver,
        run_crm(context, tmp_path, "serve", WORKER="separate", PORT=str(port)),
    ):
        await wait_for(lambda: has_worker_state(port, "late"))
        await add(context, receiver.url)
        await happens(context)
        async with run_crm(context, tmp_path, "worker"):
            await wait_for(lambda: has_worker_state(port, "ok"))
            await wait_for(lambda: _is_delivered(context))


def resident_mb(pid: int) -> int:
    """Memory the process holds, in megabytes, as Linux counts it."""
    status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    return int(status.partition("VmRSS:")[2].split()[0]) // 1024
