from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from fractions import Fraction
from pathlib import Path

import pytest

from ops.uptime import store as stores
from ops.uptime.account import Outcome, Record
from ops.uptime.probe import Attempt
from ops.uptime.store import Store
from ops.uptime.targets import Target
from ops.uptime.verdict import Verdict

EVERY = 15_000
HOLD = 45_000
MIDNIGHT = 1_793_491_200_000  # 2026-11-01T00:00:00Z
SHARE = Fraction(1, 1000)
API = Target("api", "API", "http://localhost/api/v1/health", "health")


class SetClock:
    """Moves when told, or by resting; `jump` moves what people see of it, and nothing else."""

    def __init__(self, at: int = MIDNIGHT) -> None:
        self.at = at
        self.passed = 0
        self.rested: list[int] = []

    def now(self) -> int:
        return self.at

    def ticks(self) -> int:
        return self.passed

    def jump(self, milliseconds: int) -> None:
        self.at += milliseconds

    async def rest(self, milliseconds: int) -> None:
        self.rested.append(milliseconds)
        self.at += milliseconds
        self.passed += milliseconds
        await asyncio.sleep(0)


class Simulation:
    """A target that is probed every 15 seconds, and is down in the given spans."""

    every, hold, share, start, target = EVERY, HOLD, SHARE, MIDNIGHT, API

    @staticmethod
    def records(begin: int, end: int, down: list[tuple[int, int]] | None = None) -> list[Record]:
        bad = lambda at: any(first <= at < last for first, last in down or [])  # noqa: E731
        return [
            Record(at, Outcome.DOWN if bad(at) else Outcome.UP, HOLD, 80 + at // EVERY % 40)
            for at in range(begin, end, EVERY)
        ]

    @staticmethod
    def verdict(at: int, outcome: Outcome, reason: str = "", **seen: object) -> Verdict:
        why = reason or ("answers 503" if outcome is Outcome.DOWN else "")
        return Verdict(at, outcome, Attempt(**seen), retried=False, reason=why)  # type: ignore[arg-type]


@pytest.fixture(scope="session")
def simulation() -> type[Simulation]:
    return Simulation


@pytest.fixture
def clock() -> SetClock:
    return SetClock()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = stores.create(tmp_path / "uptime")
    # Nobody pulls the plug here; what a killed prober loses is tested with a real one.
    opened.db.execute("PRAGMA synchronous = OFF")
    yield opened
    opened.close()


Behavior = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


class Server:
    """A server on loopback that answers each connection as it was last told to."""

    def __init__(self) -> None:
        self.behave: Behavior = answering(b"<!doctype html><p>well</p></html>")
        self.asked: list[bytes] = []
        self.port = 0
        self._heard = asyncio.Condition()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            self.asked.append(await reader.readuntil(b"\r\n\r\n"))
            async with self._heard:
                self._heard.notify_all()
            await self.behave(reader, writer)
        except (asyncio.IncompleteReadError, ConnectionError, ssl.SSLError):
            pass
        finally:
            writer.close()

    async def was_asked(self, times: int, patience_s: float) -> None:
        """Waits until so many requests have come in all."""
        async with asyncio.timeout(patience_s), self._heard:
            await self._heard.wait_for(lambda: len(self.asked) >= times)

    def url(self, path: str = "/", host: str = "127.0.0.1", scheme: str = "http") -> str:
        return f"{scheme}://{host}:{self.port}{path}"


def answering(body: bytes, status: str = "200 OK", *headers: str) -> Behavior:
    async def behave(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        lines = [f"HTTP/1.1 {status}", f"content-length: {len(body)}", "connection: close", *headers, "", ""]
        writer.write("\r\n".join(lines).encode() + body)
        await writer.drain()

    return behave


def raw(sent: bytes, *, then: asyncio.Event | None = None) -> Behavior:
    """Sends these bytes and closes; or, with an event that is never set, hangs."""

    async def behave(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(sent)
        await writer.drain()
        if then is not None:
            await then.wait()

    return behave


@pytest.fixture(scope="session")
def behaviors() -> dict[str, Callable[..., Behavior]]:
    return {"answering": answering, "raw": raw}


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    async for each in _served(None):
        yield each


async def _served(context: ssl.SSLContext | None) -> AsyncIterator[Server]:
    made = Server()
    listening = await asyncio.start_server(made.serve, "127.0.0.1", 0, ssl=context)
    made.port = listening.sockets[0].getsockname()[1]
    yield made
    listening.close()


@pytest.fixture
def served() -> Callable[[ssl.SSLContext | None], AsyncIterator[Server]]:
    return _served
