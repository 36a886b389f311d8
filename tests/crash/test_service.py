"""The web process, killed and stopped with an enquiry in its hands."""

from __future__ import annotations

import asyncio
import signal

import httpx
import running_system
from crash_fixture import CrashSystem
from wait_for import wait_for


async def test_killed_between_thanks_and_lead_it_still_gives_each_enquiry_one_lead(
    system: CrashSystem, client: httpx.AsyncClient
):
    first, second = system.crm(), system.crm()
    async with running_system.run_processes(first):
        async with system.block_inserts():
            thanks = [await system.send(client, key) for key in ("sent-again", "sent-once")]
            await system.wait_for_blocked(1)
            await first.stop(signal.SIGKILL)
        await system.wait_until_alone()
    stored = await system.list_references("submissions")
    assert sorted(each.json()["reference"] for each in thanks) == stored
    assert await system.list_references("leads") == []
    async with running_system.run_processes(second):
        again = await system.send(client, "sent-again")
        assert again.json() == thanks[0].json()
        # Nobody sends the other again: the worker finds it.
        await wait_for(lambda: _has_references(system, "leads", stored), "one lead for each enquiry")
    assert await system.list_references("leads") == await system.list_references("submissions") == stored


async def test_asked_to_stop_it_finishes_the_enquiry_in_hand_and_takes_no_other(
    system: CrashSystem, client: httpx.AsyncClient
):
    crm = system.crm()
    async with running_system.run_processes(crm):
        async with system.block_inserts("submissions"):
            sending = asyncio.create_task(system.send(client, "in-hand-1"))
            await system.wait_for_blocked(1)
            crm.send_signal(signal.SIGTERM)
            await wait_for(lambda: _is_closed(system), "the service lets nobody in")
            assert crm.is_running
            assert not sending.done()
        answer = await sending
        assert await crm.wait_for_exit() in (0, -signal.SIGTERM)
    assert answer.status_code == 201
    assert await system.list_references("submissions") == [answer.json()["reference"]]
    assert await system.sql.fetchval("SELECT count(*) FROM heartbeats") == 0


async def _has_references(system: CrashSystem, table: str, references: list[str]) -> bool:
    return await system.list_references(table) == references


async def _is_closed(system: CrashSystem) -> bool:
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", system.where.crm_port)
    except ConnectionRefusedError:
        return True
    writer.close()
    return False
