"""A proxy in front of the API. It passes bytes on both ways, and drops responses while it is asked to."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress


class Proxy:
    """Stands between a browser and the service, as a host's own proxy does.

    While `drop_responses` is set, it discards the response to a POST and cuts the connection;
    `dropped` counts these. Where nobody serves, whoever comes is cut off.
    """

    def __init__(self, target_port: int) -> None:
        self.target_port = target_port
        self.port = 0
        self.drop_responses = False
        self.dropped = 0

    @property
    def url(self) -> str:
        return f"http://localhost:{self.port}"

    async def handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked = bytearray()
        try:
            there, onward = await asyncio.open_connection("127.0.0.1", self.target_port)
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
            if self.drop_responses and asked.startswith(b"POST "):
                self.dropped += 1
                raise ConnectionResetError
            writer.write(part)
            await writer.drain()
        raise ConnectionResetError


@asynccontextmanager
async def run_proxy(target_port: int) -> AsyncIterator[Proxy]:
    """A proxy before the port `target_port`, on a port of its own, for the length of the block."""
    proxy = Proxy(target_port)
    server = await asyncio.start_server(proxy.handle, "127.0.0.1", 0)
    proxy.port = server.sockets[0].getsockname()[1]
    try:
        yield proxy
    finally:
        server.close()
        with suppress(AttributeError):
            server.close_clients()  # Python 3.13; before, open connections end with the loop
