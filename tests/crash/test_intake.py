"""Web, worker and PostgreSQL killed in turns while visitors send enquiries."""

from __future__ import annotations

import asyncio
import signal

import asyncpg
import running_system
from crash_fixture import CrashSystem, RetryingVisitors
from wait_for import wait_for

from shared import embedded_postgres


async def test_web_worker_and_database_killed_in_turns_lose_and_double_no_thanked_enquiry(
    system: CrashSystem, fragile: embedded_postgres.Cluster
):
    web, worker = system.crm(WORKER="separate"), system.crm("worker")
    next_web, next_worker = system.crm(WORKER="separate"), system.crm("worker")
    visitors = RetryingVisitors(system)
    async with running_system.run_processes(web, worker):
        sending = asyncio.create_task(visitors.send())
        await visitors.wait_for_thanks(40)
        await worker.stop(signal.SIGKILL)
        async with running_system.run_processes(next_worker):
            await visitors.wait_for_thanks(80)
            await web.stop(signal.SIGKILL)
            async with running_system.run_processes(next_web):
                await visitors.wait_for_thanks(120)
                await asyncio.to_thread(fragile.halt, signal.SIGQUIT)
                await asyncio.to_thread(fragile.start)
                await sending
                system.sql = await asyncpg.connect(system.database_url)
                thanked = sorted(visitors.thanked.values())
                await wait_for(lambda: _are_leads(system, thanked), "each thanked enquiry is one lead")
    assert await system.list_references("submissions") == thanked


async def _are_leads(system: CrashSystem, references: list[str]) -> bool:
    return await system.list_references("leads") == references
