"""A new release takes over while people write."""

from __future__ import annotations

import asyncio

import factories
import httpx
import proxy
import running_system
from multi_process import MultiProcessSystem, RoundRobin
from running_system import CrmProcess
from wait_for import wait_for

OLD, NEW = "0" * 40, "1" * 40
VISITORS = 4
SIDE_BY_SIDE = 6
"""Connections that each of two releases takes before one of them leaves."""


class Balancer(proxy.Proxy):
    """Asks for each connection where it goes, as a host's balancer does."""

    def __init__(self, balance: RoundRobin) -> None:
        self.balance = balance
        super().__init__(0)

    @property
    def target_port(self) -> int:
        return self.balance.next()

    @target_port.setter
    def target_port(self, _: int) -> None:
        """Nobody goes in but as the balance says."""


class Visitors:
    """Each sends one enquiry after another over a connection of its own, until asked to stop."""

    def __init__(self, system: MultiProcessSystem, url: str) -> None:
        self.system, self.url = system, url
        self.going = True
        self.references: list[str] = []
        self.errors: list[str] = []

    async def one(self, name: int) -> None:
        number = 0
        async with httpx.AsyncClient(timeout=20, limits=httpx.Limits(max_keepalive_connections=0)) as client:
            while self.going:
                number += 1
                try:
                    answer = await self.system.send_enquiry(self.url, f"rolling-{name}-{number}", client)
                except httpx.TransportError as error:
                    self.errors.append(repr(error))
                else:
                    self.references += [answer.json()["reference"]] if answer.status_code == 201 else []
                    self.errors += [answer.text] if answer.status_code != 201 else []


async def test_a_release_replaced_process_by_process_under_load_loses_nothing_and_refuses_nobody(
    system: MultiProcessSystem,
):
    old = [system.web(COMMIT_SHA=OLD) for _ in range(2)]
    new = [system.web(COMMIT_SHA=NEW) for _ in range(2)]
    balance = RoundRobin(*old)
    balancer = Balancer(balance)
    server = await asyncio.start_server(balancer.handle, "127.0.0.1", 0)
    visitors = Visitors(system, f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}")
    async with server, running_system.run_processes(*old):
        entered = await system.client.post(
            f"{old[0].url}/sign-in",
            data={"email": await system.create_user("Radia Perlman"), "password": factories.PASSWORD},
            headers={"origin": old[0].url},
        )  # fmt: skip
        session = {"cookie": entered.headers["set-cookie"].partition(";")[0]}
        sending = asyncio.gather(*(visitors.one(name) for name in range(VISITORS)))
        async with running_system.run_processes(*new):
            try:
                for turn, (leaving, coming) in enumerate(zip(old, new, strict=True)):
                    balance.over(*old[turn:], *new[: turn + 1])
                    before = balance.count(leaving, coming)
                    await wait_for(lambda: _more(balance, before, leaving, coming), "both releases serve")  # noqa: B023
                    balance.over(*old[turn + 1 :], *new[: turn + 1])
                    assert await leaving.stop() == 0
                commits = {(await system.client.get(f"{web.url}/api/v1/live")).json()["commit"] for web in new}
                still = await system.client.get(f"{new[1].url}/leads", headers=session)
            finally:
                visitors.going = False
                await sending
    assert (commits, still.status_code) == ({NEW}, 200)
    assert visitors.errors == []
    thanked = sorted(visitors.references)
    rows = await system.sql.fetch("SELECT reference FROM leads WHERE company LIKE 'rolling-%' ORDER BY reference")
    assert [row["reference"] for row in rows] == thanked
    assert len(set(thanked)) == len(thanked) >= SIDE_BY_SIDE * 4
    assert set(balance.given) == {web.url for web in (*old, *new)}


async def _more(balance: RoundRobin, before: list[int], *programs: CrmProcess) -> bool:
    return all(now - then >= SIDE_BY_SIDE for now, then in zip(balance.count(*programs), before, strict=True))
