"""Real processes: killed, stopped, left without a database. Nothing that was written is ever lost."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import cast
import pytest
from conftest import environment
from receiver import Reply, listening
from running import free_port, health, process, until

from crm import config, migrate
from crm.kernel import events
from crm.kernel.house import House
from crm.webhooks.events import WebhookPaused
from house import postgres

IDLE_MB = 150
"""Resident memory of the service with the worker inside, idle (01-architecture, numbers to hold)."""


@pytest.fixture(scope="module")
def fragile() -> Iterator[postgres.Cluster]:
    """A PostgreSQL that may be stopped under everybody's feet."""
    with postgres.scratch() as running:
        yield running


async def add(house: House, url: str) -> None:
    """Whatever happens is told to `url`."""
    async with house.db.transaction() as conn:
        await cast.webhook(conn, house, url)


async def happens(house: House) -> None:
    async with house.db.transaction() as conn:
        await events.publish(conn, WebhookPaused(id=7, name="Orders", reason="It broke.", failing_since=None))


async def states(house: House) -> list[str]:
    async with house.db.connection() as conn:
        return [row[0] for row in await conn.fetch("SELECT state FROM webhook_deliveries ORDER BY id")]


async def taken(house: House) -> bool:
    async with house.db.connection() as conn:
        return bool(await conn.fetchval("SELECT EXISTS (SELECT FROM pgqueuer WHERE status = 'picked')"))


async def works(house: House) -> bool:
    async with house.db.connection() as conn:
        return bool(await conn.fetchval("SELECT EXISTS (SELECT FROM heartbeats WHERE role = 'worker')"))


async def test_neither_a_killed_worker_nor_a_crashed_database_loses_a_delivery(
    apart: Callable[[str], House], fragile: postgres.Cluster, tmp_path: Path
):
    # Together, since each of them mostly waits until a worker counts as gone.
    await asyncio.gather(
        killed_before_the_call(apart("before"), tmp_path),
        killed_after_the_call(apart("after"), tmp_path),
        crashed_during_the_call(fragile, tmp_path),
    )


async def killed_before_the_call(house: House, folder: Path) -> None:
    async with listening() as receiver:
        await add(house, receiver.url)
        await happens(house)
        async with house.db.connection() as conn:
            held = conn.transaction()
            await held.start()
            # The worker takes the job and waits here, before it knows what to send.
            await conn.execute("LOCK TABLE webhook_deliveries IN ACCESS EXCLUSIVE MODE")
            async with process(house, folder, "worker") as first:
                await until(lambda: taken(house))
                first.kill()
                await first.wait()
            await held.rollback()
        assert receiver.received == []
        async with process(house, folder, "worker"):
            await receiver.until(lambda receiver: len(receiver.received) == 1, 30)
            await until(lambda: _delivered(house))


async def killed_after_the_call(house: House, folder: Path) -> None:
    async with listening() as receiver:
        receiver.replies = [Reply(silent=True), Reply()]
        await add(house, receiver.url)
        await happens(house)
        async with process(house, folder, "worker") as first:
            await receiver.until(lambda receiver: len(receiver.received) == 1, 30)
            first.kill()
            await first.wait()
        async with process(house, folder, "worker"):
            await until(lambda: _delivered(house))
    once, twice = receiver.received
    assert (once.headers["webhook-id"], once.body) == (twice.headers["webhook-id"], twice.body)


async def crashed_during_the_call(fragile: postgres.Cluster, folder: Path) -> None:
    """The same worker comes back with its database, and finishes what it had begun."""
    fragile.create_database("crm_fragile")
    await asyncio.to_thread(migrate.migrate, fragile.dsn("crm_fragile"))
    house = House.of(config.load(environment(fragile.dsn("crm_fragile"))))
    async with listening() as receiver, process(house, folder, "worker") as worker:
        answer = asyncio.Event()
        receiver.replies = [Reply(after=answer), Reply()]
        await add(house, receiver.url)
        await happens(house)
        await receiver.until(lambda receiver: len(receiver.received) == 1, 30)
        await asyncio.to_thread(fragile.halt, signal.SIGQUIT)
        answer.set()
        await asyncio.to_thread(fragile.start)
        await until(lambda: _happened(house))
        await until(lambda: _all_delivered(house, 2), 40)
        assert worker.returncode is None
    await house.db.close()


async def _delivered(house: House) -> bool:
    return await states(house) == ["delivered"]


async def test_a_worker_told_to_stop_finishes_the_delivery_in_hand(apart: Callable[[str], House], tmp_path: Path):
    house = apart("stopped")
    answer = asyncio.Event()
    async with listening() as receiver, process(house, tmp_path, "worker") as worker:
        receiver.replies = [Reply(after=answer)]
        await add(house, receiver.url)
        await happens(house)
        await receiver.until(lambda receiver: len(receiver.received) == 1, 30)
        worker.send_signal(signal.SIGTERM)
        answer.set()
        assert await asyncio.wait_for(worker.wait(), 20) == 0
    assert (await states(house))[0] == "delivered"
    assert not await works(house)


async def _happened(house: House) -> bool:
    await happens(house)
    return True


async def _all_delivered(house: House, number: int) -> bool:
    return await states(house) == ["delivered"] * number


async def test_the_service_delivers_with_the_worker_inside_within_its_memory(
    apart: Callable[[str], House], tmp_path: Path
):
    house = apart("inside")
    port = free_port()
    async with (
        listening() as receiver,
        process(house, tmp_path, "serve", WORKER="embedded", PORT=str(port)) as service,
    ):
        await until(lambda: health(port, "ok"))
        await add(house, receiver.url)
        await happens(house)
        await until(lambda: _delivered(house))
        assert resident_mb(service.pid) <= IDLE_MB
        service.send_signal(signal.SIGTERM)
        await asyncio.wait_for(service.wait(), 20)
    assert not await works(house)


async def test_the_service_leaves_jobs_to_a_separate_worker_and_health_sees_it_come(
    apart: Callable[[str], House], tmp_path: Path
):
    house = apart("separate")
    port = free_port()
    async with (
        listening() as receiver,
        process(house, tmp_path, "serve", WORKER="separate", PORT=str(port)),
    ):
        await until(lambda: health(port, "late"))
        await add(house, receiver.url)
        await happens(house)
        async with process(house, tmp_path, "worker"):
            await until(lambda: health(port, "ok"))
            await until(lambda: _delivered(house))


def resident_mb(pid: int) -> int:
    """Memory the process holds, in megabytes, as Linux counts it."""
    status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    return int(status.partition("VmRSS:")[2].split()[0]) // 1024
