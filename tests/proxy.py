"""The door of the API: passes bytes on both ways, and can be told to lose what comes back."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress


class Proxy:
    """Stands between a browser and the service, as a host's own proxy does.

    While `losing`, the answer to a POST is thrown away once the service has given it, and the connection is cut;
    `lost` counts these. Where nobody serves, whoever comes is cut off.
    """

    def __init__(self, inside: int) -> None:
        self.inside = inside
        self.port = 0
        self.losing = False
        self.lost = 0

    @property
    def url(self) -> str:
        return f"http://localhost:{self.port}"

    async def enter(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked = bytearray()
        try:
            there, onward = await asyncio.open_connection("127.0.0.1", self.inside)
        except OSError:
            writer.transport.abort()
            return
        try:
            async with asyncio.TaskGroup() as both:
                both.create_task(self._ask(reader, onward, asked))
                both.create_task(self._answer(there, writer, asked))
        except* OSError:
            pass
        finally:
            for end in (writer, onward):
                end.transport.abort()

    async def _ask(self, reader: asyncio.StreamReader, onward: asyncio.StreamWriter, asked: bytearray) -> None:
        while part := await reader.read(65536):
            asked[:] = part[:8] if part.startswith((b"GET ", b"HEAD ", b"POST ", b"OPTIONS ")) else asked
            onward.write(part)
            await onward.drain()
        raise ConnectionResetError

    async def _answer(self, there: asyncio.StreamReader, writer: asyncio.StreamWriter, asked: bytearray) -> None:
        while part := await there.read(65536):
            if self.losing and asked.startswith(b"POST "):
                self.lost += 1
                raise ConnectionResetError
            writer.write(part)
            await writer.drain()
        raise ConnectionResetError


@asynccontextmanager
async def run_proxy(inside: int) -> AsyncIterator[Proxy]:
    """A door before the port `inside`, on a port of its own, for the length of the block."""
    door = Proxy(inside)
    server = await asyncio.start_server(door.enter, "127.0.0.1", 0)
    door.port = server.sockets[0].getsockname()[1]
    try:
        yield door
    finally:
        server.close()
        with suppress(AttributeError):
            server.close_clients()  # Python 3.13; before, open connections end with the loop
