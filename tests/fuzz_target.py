"""A service that gets wrong requests."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import NamedTuple

import factories
import running_system

from crm import config
from crm.accounts import api_keys
from crm.kernel.app_context import AppContext
from shared import embedded_postgres


class RawResponse(NamedTuple):
    """What came back over a bare connection: nothing at all where `status` is 0."""

    status: int
    headers: dict[str, str]
    body: bytes


class FuzzTarget(NamedTuple):
    """`url` without a final slash; `key` may do everything; `pid` is the process that serves."""

    url: str
    key: str
    pid: int

    def read_peak_memory(self) -> int:
        """The most memory the process ever held since `reset_peak_memory`, in MB."""
        return _read_megabytes(self.pid, "VmHWM")

    def reset_peak_memory(self) -> int:
        """Begin to measure the peak anew; says what the process holds now, in MB."""
        Path(f"/proc/{self.pid}/clear_refs").write_text("5", "ascii")
        return _read_megabytes(self.pid, "VmRSS")

    async def send_bytes(self, head: bytes, body: bytes = b"", times: int = 1) -> RawResponse:
        """Send these bytes as they are, `body` so often, until an answer comes or the other end will not have more."""
        reader, writer = await asyncio.open_connection("127.0.0.1", int(self.url.rpartition(":")[2]))
        reading = asyncio.create_task(_read_response(reader))
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
            return await asyncio.wait_for(reading, 60)
        finally:
            writer.transport.abort()


@asynccontextmanager
async def run_target(cluster: embedded_postgres.Cluster, name: str) -> AsyncIterator[FuzzTarget]:
    """A service on a database of this name, without a worker, so that nothing made up here is ever called or mailed."""
    cluster.create_database(name, template="template_system")
    with tempfile.TemporaryDirectory(prefix="octatech-fuzz-") as folder:
        crm = running_system.CrmProcess(
            running_system.make_settings(Path(folder)), cluster.dsn(name), WORKER="separate"
        )
        inside = AppContext.of(config.load(crm.env))
        async with inside.db.transaction() as conn:
            await factories.create_user(conn)
            _, key = await factories.create_api_key(conn, *api_keys.models.SCOPES)
        await inside.db.close()
        async with running_system.run_processes(crm):
            yield FuzzTarget(crm.url, key, crm.pid)


async def _read_response(reader: asyncio.StreamReader) -> RawResponse:
    try:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:-2])}
        body = await reader.readexactly(int(headers.get("content-length", "0")))
    except (asyncio.IncompleteReadError, ConnectionError):
        return RawResponse(0, {}, b"")
    return RawResponse(int(head[0].split()[1]), headers, body)


def _read_megabytes(pid: int, name: str) -> int:
    status = Path(f"/proc/{pid}/status").read_text("ascii")
    return int(status.partition(f"{name}:")[2].split()[0]) // 1024
