"""PostgreSQL stopped, crashed and frozen under the feet of the service."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import asyncpg
import httpx
import running_system
from crash_fixture import ENQUIRIES, CrashSystem, RetryingVisitors
from wait_for import wait_for

from shared import embedded_postgres


async def test_stopped_and_crashed_under_load_it_loses_no_thanked_enquiry_and_doubles_no_lead(
    system: CrashSystem, fragile: embedded_postgres.Cluster
):
    crm, after = system.crm(DATABASE_POOL_SIZE="6"), system.crm()
    visitors = RetryingVisitors(system)
    async with running_system.run_processes(crm):
        sending = asyncio.create_task(visitors.send())
        for number, how in ((50, signal.SIGINT), (110, signal.SIGQUIT)):
            await visitors.wait_for_thanks(number)
            await asyncio.to_thread(fragile.halt, how)
            seen = visitors.refused
            await wait_for(lambda: _more_refused(visitors, seen), "somebody is asked to come again")  # noqa: B023
            await asyncio.to_thread(fragile.start)
        await sending
        await crm.wait_until_healthy()
        await crm.stop()
    system.sql = await asyncpg.connect(system.database_url)
    thanked = sorted(visitors.thanked.values())
    assert (len(thanked), len({*thanked})) == (ENQUIRIES, ENQUIRIES)
    assert await system.list_references("submissions") == thanked
    # What lost its database between thanks and lead is taken up by the clock.
    await system.make_older()
    async with running_system.run_processes(after):
        await wait_for(lambda: _all_settled(system), "every enquiry is settled")
    states = await system.sql.fetch("SELECT DISTINCT state FROM submissions")
    assert [row["state"] for row in states] == ["accepted"]
    assert await system.list_references("leads") == thanked
    assert await system.sql.fetchval("SELECT count(DISTINCT lead_id) FROM submissions") == ENQUIRIES
    assert await system.sql.fetchval("SELECT count(*) FROM contacts") == ENQUIRIES
    assert await system.sql.fetchval("SELECT count(*) FROM events WHERE kind = 'lead.created'") == ENQUIRIES


async def test_while_it_hangs_health_says_so_within_a_second(system: CrashSystem, fragile: embedded_postgres.Cluster):
    crm = system.crm()
    async with running_system.run_processes(crm), httpx.AsyncClient(timeout=20) as client:
        with frozen(fragile):
            took = []
            for _ in range(3):
                began = time.monotonic()
                answer = await client.get(f"{system.where.crm_url}/api/v1/health")
                took.append(time.monotonic() - began)
                assert answer.status_code == 503
                assert answer.json()["database"]["state"] == "unreachable"
            # The quickest, since what the machine does beside must not count.
            assert min(took) < 1
            assert (await client.get(f"{system.where.crm_url}/api/v1/live")).status_code == 200
        await crm.wait_until_healthy()


@contextmanager
def frozen(cluster: embedded_postgres.Cluster) -> Iterator[None]:
    """Every process of the server stands still for the length of the block."""
    first = int((cluster.place.cluster / "postmaster.pid").read_text("ascii").splitlines()[0])
    family = [first, *(int(entry.name) for entry in Path("/proc").iterdir() if _parent(entry) == first)]
    try:
        for pid in family:
            os.kill(pid, signal.SIGSTOP)
        yield
    finally:
        for pid in reversed(family):
            os.kill(pid, signal.SIGCONT)


def _parent(entry: Path) -> int | None:
    """The parent of the process of this folder of /proc; None for what is no process, or is gone."""
    try:
        return int((entry / "stat").read_text("ascii", "replace").rpartition(")")[2].split()[1])
    except (OSError, IndexError):
        return None


async def _more_refused(visitors: RetryingVisitors, than: int) -> bool:
    return visitors.refused > than


async def _all_settled(system: CrashSystem) -> bool:
    return not await system.sql.fetchval("SELECT EXISTS (SELECT FROM submissions WHERE state = 'received')")
