"""A new release takes over while people write."""

from __future__ import annotations

import asyncio

import factories
import proxy
import httpx
import running_system
from multi_process import Balancer, MultiProcessSystem
from wait_for import wait_for
from running_system import CrmProcess

OLD, NEW = "0" * 40, "1" * 40
VISITORS = 4
SIDE_BY_SIDE = 6
"""Connections that each of two releases takes before one of them leaves."""


class Balancer(proxy.Proxy):
    """Asks for each connection where it goes, as a host's balancer does."""

    def __init__(self, balance: Balancer) -> None:
        self.balance = balance
        super().__init__(0)

    @property
    def inside(self) -> int:
        return self.balance.next()

    @inside.setter
    def inside(self, _: int) -> None:
        """Nobody goes in but as the balance says."""


class Visitors:
    """Each sends one enquiry after another over a connection of its own, until told to stop."""

    def __init__(self, fleet: MultiProcessSystem, url: str) -> None:
        self.fleet, self.url = fleet, url
        self.going = True
        self.references: list[str] = []
        self.trouble: list[str] = []

    async def one(self, name: int) -> None:
        number = 0
        async with httpx.AsyncClient(timeout=20, limits=httpx.Limits(max_keepalive_connections=0)) as client:
            while self.going:
                number += 1
                try:
                    answer = await self.fleet.enquire(self.url, f"rolling-{name}-{number}", client)
                except httpx.TransportError as fault:
                    self.trouble.append(repr(fault))
                else:
                    self.references += [answer.json()["reference"]] if answer.status_code == 201 else []
                    self.trouble += [answer.text] if answer.status_code != 201 else []


async def test_a_release_replaced_process_by_process_under_load_loses_nothing_and_refuses_nobody(fleet: MultiProcessSystem):
    old = [fleet.web(COMMIT_SHA=OLD) for _ in range(2)]
    new = [fleet.web(COMMIT_SHA=NEW) for _ in range(2)]
    balance = Balancer(*old)
    balancer = Balancer(balance)
    server = await asyncio.start_server(balancer.enter, "127.0.0.1", 0)
    visitors = Visitors(fleet, f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}")
    async with server, running_system.run_processes(*old):
        entered = await fleet.client.post(
            f"{old[0].url}/sign-in", data={"email": await fleet.person("Radia Perlman"), "password": factories.PASSWORD},
            headers={"origin": old[0].url},
        )  # fmt: skip
        session = {"cookie": entered.headers["set-cookie"].partition(";")[0]}
        crowd = asyncio.gather(*(visitors.one(name) for name in range(VISITORS)))
        async with running_system.run_processes(*new):
            try:
                for turn, (leaving, coming) in enumerate(zip(old, new, strict=True)):
                    balance.over(*old[turn:], *new[: turn + 1])
                    before = balance.count(leaving, coming)
                    await wait_for(lambda: _more(balance, before, leaving, coming), "both releases serve")  # noqa: B023
                    balance.over(*old[turn + 1 :], *new[: turn + 1])
                    assert await leaving.end() == 0
                commits = {(await fleet.client.get(f"{web.url}/api/v1/live")).json()["commit"] for web in new}
                still = await fleet.client.get(f"{new[1].url}/leads", headers=session)
            finally:
                visitors.going = False
                await crowd
    assert (commits, still.status_code) == ({NEW}, 200)
    assert visitors.trouble == []
    thanked = sorted(visitors.references)
    rows = await fleet.sql.fetch("SELECT reference FROM leads WHERE company LIKE 'rolling-%' ORDER BY reference")
    assert [row["reference"] for row in rows] == thanked
    assert len(set(thanked)) == len(thanked) >= SIDE_BY_SIDE * 4
    assert set(balance.given) == {web.url for web in (*old, *new)}


async def _more(balance: Balancer, before: list[int], *programs: CrmProcess) -> bool:
    return all(now - then >= SIDE_BY_SIDE for now, then in zip(balance.count(*programs), before, strict=True))
