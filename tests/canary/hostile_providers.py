"""Providers that repeat the secrets they get, close the connection, or never answer."""

from __future__ import annotations

import asyncio
import contextlib
import gzip
import json
from collections.abc import AsyncIterator, Callable, Mapping

import brotli

DECODERS: Mapping[bytes, Callable[[bytes], bytes]] = {b"gzip": gzip.decompress, b"br": brotli.decompress}


class HostileProvider:
    """`heard` is everything that was sent to it, unpacked."""

    def __init__(self) -> None:
        self.port = 0
        self.received: list[bytes] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hook"

    async def http(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Refuses, and repeats every header and the body in its answer."""
        try:
            head = await reader.readuntil(b"\r\n\r\n")
            headers = dict(line.lower().split(b": ", 1) for line in head.split(b"\r\n")[1:-2])
            body = await reader.readexactly(int(headers.get(b"content-length", b"0")))
            body = DECODERS.get(headers.get(b"content-encoding", b""), bytes)(body)
            self.received.append(head + body)
            said = json.dumps({"message": f"No: {head.decode()} {body.decode(errors='replace')}"}).encode()
            writer.write(b"HTTP/1.1 401 No\r\ncontent-length: %d\r\nconnection: close\r\n\r\n" % len(said) + said)
            await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    async def mail(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """A mail server that repeats every line it does not like; it likes none after the greeting."""
        writer.write(b"220 provider\r\n")
        with contextlib.suppress(ConnectionError):
            while line := await reader.readline():
                self.received.append(line)
                if line.upper().startswith(b"EHLO"):
                    writer.write(b"250-provider\r\n250 AUTH PLAIN LOGIN\r\n")
                else:
                    writer.write(b"535 not " + line)
        writer.close()

    async def silent(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Never answers."""
        with contextlib.suppress(ConnectionError):
            self.received.append(await reader.read(65536))
            await reader.read()
        writer.close()


@contextlib.asynccontextmanager
async def run_hostile_provider(how: str) -> AsyncIterator[HostileProvider]:
    """One on a free port, for the length of the block; `how` is `http`, `mail` or `silent`."""
    provider = HostileProvider()
    server = await asyncio.start_server(getattr(provider, how), "127.0.0.1", 0)
    provider.port = server.sockets[0].getsockname()[1]
    try:
        yield provider
    finally:
        server.close()
