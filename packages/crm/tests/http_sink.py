"""An HTTP server on loopback. It keeps the requests and answers with the replies that a test sets."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field


@dataclass(frozen=True)
class ReceivedRequest:
    method: str
    path: str
    headers: dict[str, str]
    body: bytes


@dataclass(frozen=True)
class Reply:
    """`body` may be an endless stream of one part; `silent` never answers; `after` is waited for first."""

    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b"ok"
    endless: bool = False
    silent: bool = False
    after: asyncio.Event | None = None


class HttpSink:
    """`replies` are used up one by one; the last stays."""

    def __init__(self, host: str = "127.0.0.1") -> None:
        self.host = host
        self.port = 0
        self.scheme = "http"
        self.received: list[ReceivedRequest] = []
        self.replies: list[Reply] = [Reply()]
        self.sent_bytes = 0
        self._new_request = asyncio.Event()

    @property
    def url(self) -> str:
        return f"{self.scheme}://{self.host}:{self.port}/hook"

    async def wait_until(self, holds: Callable[[HttpSink], bool], seconds: float = 60) -> None:
        """Wait until `holds`, looking again after each request."""
        async with asyncio.timeout(seconds):
            while not holds(self):
                await self._new_request.wait()
                self._new_request.clear()

    async def handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
            lines = head.split("\r\n")
            method, path, _ = lines[0].split(" ")
            headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines[1:-2])}
            body = await reader.readexactly(int(headers.get("content-length", "0")))
            self.received.append(ReceivedRequest(method, path, headers, body))
            self._new_request.set()
            reply = self.replies.pop(0) if len(self.replies) > 1 else self.replies[0]
            if reply.silent:
                await reader.read()
                return
            if reply.after:
                await reply.after.wait()
            await self._write_reply(writer, reply)
        except (asyncio.IncompleteReadError, ConnectionError, ValueError):
            pass
        finally:
            writer.close()

    async def _write_reply(self, writer: asyncio.StreamWriter, reply: Reply) -> None:
        length = {} if reply.endless else {"content-length": str(len(reply.body))}
        headers = {**length, "connection": "close", **reply.headers}
        lines = [f"HTTP/1.1 {reply.status} Status", *(f"{name}: {value}" for name, value in headers.items()), "", ""]
        writer.write("\r\n".join(lines).encode("latin-1") + reply.body)
        while reply.endless:
            await writer.drain()
            writer.write(reply.body)
            self.sent_bytes += len(reply.body)
        await writer.drain()


@contextlib.asynccontextmanager
async def run_http_sink(
    host: str = "127.0.0.1", port: int = 0, tls: ssl.SSLContext | None = None
) -> AsyncIterator[HttpSink]:
    """A sink on a free port (or `port`), for the length of the block."""
    sink = HttpSink(host)
    server = await asyncio.start_server(sink.handle, host, port, ssl=tls)
    sink.port = server.sockets[0].getsockname()[1]
    sink.scheme = "https" if tls else "http"
    try:
        yield sink
    finally:
        server.close()
