"""Web, worker and PostgreSQL killed in turns while visitors send enquiries."""

from __future__ import annotations

import asyncio
import signal

import asyncpg
import running_system
from wait_for import wait_for
from crash_fixture import RetryingVisitors, CrashSystem

from shared import embedded_postgres


async def test_web_worker_and_database_killed_in_turns_lose_and_double_no_thanked_enquiry(
    ruin: CrashSystem, fragile: embedded_postgres.Cluster
):
    web, worker = ruin.crm(WORKER="separate"), ruin.crm("worker")
    next_web, next_worker = ruin.crm(WORKER="separate"), ruin.crm("worker")
    crowd = RetryingVisitors(ruin)
    async with running_system.run_processes(web, worker):
        sending = asyncio.create_task(crowd.send())
        await crowd.have(40)
        await worker.end(signal.SIGKILL)
        async with running_system.run_processes(next_worker):
            await crowd.have(80)
            await web.end(signal.SIGKILL)
            async with running_system.run_processes(next_web):
                await crowd.have(120)
                await asyncio.to_thread(fragile.halt, signal.SIGQUIT)
                await asyncio.to_thread(fragile.start)
                await sending
                ruin.sql = await asyncpg.connect(ruin.database_url)
                thanked = sorted(crowd.thanked.values())
                await wait_for(lambda: _are_leads(ruin, thanked), "each thanked enquiry is one lead")
    assert await ruin.references("submissions") == thanked


async def _are_leads(ruin: CrashSystem, references: list[str]) -> bool:
    return await ruin.references("leads") == references
