"""People and programs who ask a running service: one after the other, or each when it pleases."""

from __future__ import annotations

import asyncio
import itertools
import json
import random
import time
from collections.abc import Callable, Iterable
from typing import NamedTuple

import growth


class Visit(NamedTuple):
    """A request as bytes, ready to send."""

    method: str
    path: str
    headers: tuple[tuple[str, str], ...] = ()
    body: str = ""

    def encode(self) -> bytes:
        head = [f"{self.method} {self.path} HTTP/1.1", "Host: localhost"]
        head += [f"{name}: {value}" for name, value in self.headers]
        head += [f"Content-Length: {len(self.body.encode())}"] if self.body else []
        return ("\r\n".join(head) + "\r\n\r\n" + self.body).encode()


Make = Callable[[], Visit]


class Connection:
    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer

    async def ask(self, visit: Visit) -> int:
        """Send it and read the whole answer; gives the status."""
        self._writer.write(visit.encode())
        head = (await self._reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
        length = head.partition("content-length:")[2].split(maxsplit=1)
        if length:
            await self._reader.readexactly(int(length[0]))
        return int(head.split(maxsplit=2)[1])

    def close(self) -> None:
        self._writer.close()


async def connect(port: int) -> Connection:
    return Connection(*await asyncio.open_connection("127.0.0.1", port, limit=2**22))


async def send_one_by_one(port: int, make: Make, seconds: float) -> list[float]:
    """Seconds each request took, over one connection, without a pause between them."""
    connection = await connect(port)
    took: list[float] = []
    try:
        ends = time.perf_counter() + seconds
        while (began := time.perf_counter()) < ends or len(took) < 40:
            _check_status(await connection.ask(make()))
            took.append(time.perf_counter() - began)
    finally:
        connection.close()
    return took


class Answered(NamedTuple):
    """A request that was sent `at` seconds after the beginning, and answered `took` seconds later."""

    at: float
    kind: str
    took: float


async def send_arrivals(ports: list[int], makes: dict[str, Make], arrivals: Iterable[growth.Arrival]) -> list[Answered]:
    """Each asks about when it wants to, and nobody waits for anybody else. Gives what was really sent, in order."""
    idle: dict[int, list[Connection]] = {port: [] for port in ports}
    chance = random.Random(7)
    answered: list[Answered] = []
    began = time.perf_counter()

    async def visit(kind: str) -> None:
        port = chance.choice(ports)
        connection = idle[port].pop() if idle[port] else await connect(port)
        sent = time.perf_counter()
        _check_status(await connection.ask(makes[kind]()))
        idle[port].append(connection)
        answered.append(Answered(sent - began, kind, time.perf_counter() - sent))

    async with asyncio.TaskGroup() as going:
        for arrival in arrivals:
            if (left := arrival.at - (time.perf_counter() - began)) > 0:
                await asyncio.sleep(left)
            going.create_task(visit(arrival.kind))
    for connection in itertools.chain.from_iterable(idle.values()):
        connection.close()
    return sorted(answered)


def list_requests(key: str, cookie: str, leads: int) -> dict[str, Make]:
    """One of each kind, new every time."""
    chance = random.Random(11)
    headers = (("Authorization", f"Bearer {key}"), ("Content-Type", "application/json"), ("If-Match", "*"))
    signed = (("Cookie", cookie),)
    states = itertools.cycle(("contacted", "qualified", "proposal", "new"))

    def some() -> int:
        return chance.randint(1, leads)

    return {
        "enquiry": lambda: Visit(
            "POST", "/api/leads", headers[1:2], json.dumps(build_enquiry(f"{chance.getrandbits(64):x}"))
        ),
        "list": lambda: Visit("GET", "/api/v1/leads?limit=20", headers),
        "get": lambda: Visit("GET", f"/api/v1/leads/{some()}", headers),
        "change": lambda: Visit("PATCH", f"/api/v1/leads/{some()}", headers, json.dumps({"status": next(states)})),
        "page today": lambda: Visit("GET", "/", signed),
        "page leads": lambda: Visit("GET", "/leads", signed),
        "page lead": lambda: Visit("GET", f"/leads/{some()}", signed),
        "health": lambda: Visit("GET", "/api/v1/health"),
    }


def build_enquiry(who: str) -> dict[str, str]:
    return {
        "name": f"Person {who}", "email": f"{who}@company{who[:4]}.example", "company": f"Company {who[:4]}",
        "phone": "+1 555 0100", "budget": "from_5k_to_15k", "project_type": "existing_system", "source": "blog",
        "message": "We would like to talk about a system that keeps working, and about what it costs to run. " * 4,
    }  # fmt: skip


def _check_status(status: int) -> None:
    if status not in (200, 201, 409):
        raise SystemExit(f"bench: a request was answered {status}.")
