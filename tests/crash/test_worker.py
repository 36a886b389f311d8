"""A worker of its own, killed with a message half sent."""

from __future__ import annotations

import signal
from typing import Any

import factories
import http_sink
import httpx
import running_system
from crash_fixture import CrashSystem
from standardwebhooks import Webhook
from wait_for import wait_for

from crm import config, reactions
from crm.kernel import events
from crm.kernel.app_context import AppContext


async def test_what_a_killed_worker_had_in_hand_another_delivers(system: CrashSystem, client: httpx.AsyncClient):
    crm = system.crm(WORKER="separate")
    killed, other = system.crm("worker"), system.crm("worker")
    async with http_sink.run_http_sink() as accounting, running_system.run_processes(crm, killed):
        accounting.replies = [http_sink.Reply(silent=True), http_sink.Reply()]
        secret = await _add_webhook(crm, accounting.url)
        reference = (await system.send(client, "to-be-reported")).json()["reference"]
        await accounting.wait_until(lambda sink: len(sink.received) == 1)
        async with running_system.run_processes(other):
            await killed.stop(signal.SIGKILL)
            assert await _list_states(system) == ["pending"]
            await accounting.wait_until(lambda sink: len(sink.received) == 2, 30)
            await wait_for(lambda: _is_delivered(system), "the delivery is settled")
    once, again = accounting.received
    assert (once.headers["webhook-id"], once.body) == (again.headers["webhook-id"], again.body)
    event = Webhook(secret).verify(again.body, again.headers)
    assert (event["type"], event["data"]["lead"]["reference"]) == ("lead.created", reference)


async def _add_webhook(crm: running_system.CrmProcess, url: str) -> str:
    """A receiver of new leads at `url`; gives its secret."""
    events.bind(reactions.TABLE)
    inside = AppContext.of(config.load(crm.env))
    try:
        async with inside.db.transaction() as conn:
            _, secret = await factories.create_webhook(conn, inside, url, "lead.created")
    finally:
        await inside.db.close()
    return secret


async def _list_states(system: CrashSystem) -> list[Any]:
    return [row["state"] for row in await system.sql.fetch("SELECT state FROM webhook_deliveries")]


async def _is_delivered(system: CrashSystem) -> bool:
    return await _list_states(system) == ["delivered"]
