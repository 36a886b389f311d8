"""A service to throw things at."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import NamedTuple

import cast
import stage

from crm import config
from crm.accounts import api_keys
from crm.kernel.app_context import AppContext
from shared import embedded_postgres


class Answer(NamedTuple):
    """What came back over a bare connection: nothing at all where `status` is 0."""

    status: int
    headers: dict[str, str]
    body: bytes


class Target(NamedTuple):
    """`url` without a final slash; `key` may do everything; `pid` is the process that serves."""

    url: str
    key: str
    pid: int

    def peak(self) -> int:
        """The most memory the process ever held since `rest`, in MB."""
        return _megabytes(self.pid, "VmHWM")

    def rest(self) -> int:
        """Begin to measure the peak anew; says what the process holds now, in MB."""
        Path(f"/proc/{self.pid}/clear_refs").write_text("5", "ascii")
        return _megabytes(self.pid, "VmRSS")

    async def throw(self, head: bytes, body: bytes = b"", times: int = 1) -> Answer:
        """Send these bytes as they are, `body` so often, until an answer comes or the other end will not have more."""
        reader, writer = await asyncio.open_connection("127.0.0.1", int(self.url.rpartition(":")[2]))
        reading = asyncio.create_task(_answer(reader))
        try:
            writer.write(head)
            for _ in range(times):
                if reading.done():
                    break
                writer.write(body)
                await writer.drain()
        except ConnectionError:
            pass
        try:
            return await asyncio.wait_for(reading, 20)
        finally:
            writer.transport.abort()


@asynccontextmanager
async def standing(cluster: embedded_postgres.Cluster, name: str) -> AsyncIterator[Target]:
    """A service on a database of this name, without a worker, so that nothing made up here is ever called or mailed."""
    cluster.create_database(name, template="template_house")
    with tempfile.TemporaryDirectory(prefix="octatech-fuzz-") as folder:
        crm = stage.Crm(stage.settings(Path(folder)), cluster.dsn(name), WORKER="separate")
        inside = AppContext.of(config.load(crm.env))
        async with inside.db.transaction() as conn:
            await cast.person(conn)
            _, key = await cast.api_key(conn, *api_keys.SCOPES)
        await inside.db.close()
        async with stage.on(crm):
            yield Target(crm.url, key, crm.pid)


async def _answer(reader: asyncio.StreamReader) -> Answer:
    try:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:-2])}
        body = await reader.readexactly(int(headers.get("content-length", "0")))
    except (asyncio.IncompleteReadError, ConnectionError):
        return Answer(0, {}, b"")
    return Answer(int(head[0].split()[1]), headers, body)


def _megabytes(pid: int, name: str) -> int:
    status = Path(f"/proc/{pid}/status").read_text("ascii")
    return int(status.partition(f"{name}:")[2].split()[0]) // 1024
