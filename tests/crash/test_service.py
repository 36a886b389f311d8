"""The web process, killed and stopped with an enquiry in its hands."""

from __future__ import annotations

import asyncio
import signal

import httpx
import running_system
from wait_for import wait_for
from crash_fixture import CrashSystem


async def test_killed_between_thanks_and_lead_it_still_gives_each_enquiry_one_lead(
    ruin: CrashSystem, client: httpx.AsyncClient
):
    first, second = ruin.crm(), ruin.crm()
    async with running_system.run_processes(first):
        async with ruin.gate():
            thanks = [await ruin.send(client, key) for key in ("sent-again", "sent-once")]
            await ruin.wait_at_gate(1)
            await first.end(signal.SIGKILL)
        await ruin.forgotten()
    stored = await ruin.references("submissions")
    assert sorted(each.json()["reference"] for each in thanks) == stored
    assert await ruin.references("leads") == []
    async with running_system.run_processes(second):
        again = await ruin.send(client, "sent-again")
        assert again.json() == thanks[0].json()
        # Nobody sends the other again: the worker finds it.
        await wait_for(lambda: _are(ruin, "leads", stored), "one lead for each enquiry")
    assert await ruin.references("leads") == await ruin.references("submissions") == stored


async def test_told_to_stop_it_finishes_the_enquiry_in_hand_and_takes_no_other(ruin: CrashSystem, client: httpx.AsyncClient):
    crm = ruin.crm()
    async with running_system.run_processes(crm):
        async with ruin.gate("submissions"):
            sending = asyncio.create_task(ruin.send(client, "in-hand-1"))
            await ruin.wait_at_gate(1)
            crm.tell(signal.SIGTERM)
            await wait_for(lambda: _closed(ruin), "the service lets nobody in")
            assert crm.alive
            assert not sending.done()
        answer = await sending
        assert await crm.ended() in (0, -signal.SIGTERM)
    assert answer.status_code == 201
    assert await ruin.references("submissions") == [answer.json()["reference"]]
    assert await ruin.sql.fetchval("SELECT count(*) FROM heartbeats") == 0


async def _are(ruin: CrashSystem, table: str, references: list[str]) -> bool:
    return await ruin.references(table) == references


async def _closed(ruin: CrashSystem) -> bool:
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", ruin.where.crm_port)
    except ConnectionRefusedError:
        return True
    writer.close()
    return False
