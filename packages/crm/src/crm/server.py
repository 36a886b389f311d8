"""The web server: uvicorn, with limits on connections, on time, and on the memory that one client can occupy.

uvicorn's own limits begin once the head of a request is complete, so they do not reach half-sent requests. See
`docs/decisions/0036-limits-of-the-server.md`.
"""

from __future__ import annotations

import asyncio
import math
import re
import socket
from functools import partial
from http import HTTPStatus
from typing import Any

import msgspec
import uvicorn
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from crm import app
from crm.config import Config
from crm.kernel.http import headers

MAX_HEAD = 32 * 1024
"""Bytes of the request line and the headers together."""
MAX_HEADERS = 100
MAX_PIPELINED = 16
"""Requests that one connection may send before the first is answered."""
MAX_LINE = 1024
"""Bytes after the head that are no body, such as the line before a chunk."""
PART = 4096
MAX_DRAINED_CHUNKS = 4096
"""Chunks of a body that are parsed after it was refused, so that the connection can serve the next request."""
HEAD_TIMEOUT_S = 10.0
BODY_TIMEOUT_S = 30.0
MIN_RATE = 32 * 1024
"""Bytes a second that a client with a long body, such as a file, must send after these seconds."""
IDLE_TIMEOUT_S = 75.0
WRITE_TIMEOUT_S = 30.0
CLOSE_TIMEOUT_S = 5.0
"""How long a closing connection may take to read its last response. What it sends meanwhile is discarded unread: an
unread rest would reset the connection, and the client would lose the response."""
SHUTDOWN_DELAY_S = 0.3
"""How long it goes on accepting after the signal to stop: a balancer may have chosen it for requests on their way."""
_HOST = re.compile(rb"[A-Za-z0-9._-]+(:\d{1,5})?|\[[0-9A-Fa-f:.]+\](:\d{1,5})?")


def build(config: Config) -> uvicorn.Server:
    """The server of the whole application. `run()` serves until a signal stops it."""
    protocol: Any = partial(Protocol, max_connections=config.max_connections, fixed_headers=headers.for_api(config))
    options = uvicorn.Config(
        app.build(config),
        host=config.host,
        port=config.port,
        loop="uvloop",
        http=protocol,
        ws="none",
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_keep_alive=int(IDLE_TIMEOUT_S),
        timeout_graceful_shutdown=25,
        timeout_notify=1,
        backlog=1024,
    )
    server = Server(options)

    async def close_late_connections() -> None:
        for connection in tuple(server.server_state.connections):
            if isinstance(connection, Protocol):
                connection.check_deadline()

    options.callback_notify = close_late_connections
    return server


class Server(uvicorn.Server):
    """A uvicorn server that answers whoever connects just as it is told to stop."""

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Stop as uvicorn does, a moment later."""
        await asyncio.sleep(SHUTDOWN_DELAY_S)
        await super().shutdown(sockets)


class Protocol(HttpToolsProtocol):
    """One connection. `check_deadline` closes it if the client takes too long."""

    def __init__(self, *arguments: Any, max_connections: int, fixed_headers: headers.Headers, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._max_connections = max_connections
        self._fixed_headers = fixed_headers

    def connection_made(self, transport: Any) -> None:
        """Start to wait for the first request. At the limit, the connection that has waited longest is closed."""
        super().connection_made(transport)
        self.deadline = self.loop.time() + HEAD_TIMEOUT_S
        self._write_deadline = math.inf
        self._state = "head"
        self._unparsed = self._head_size = self._drained_chunks = 0
        self._progress = False
        if len(self.connections) > self._max_connections and not self._close_longest_waiting():
            self._refuse(503, "Too many connections. Try again in a moment.")

    def check_deadline(self) -> None:
        """Close the connection if its client is too slow. A closing connection is cut off."""
        now = self.loop.time()
        if now < min(self.deadline, self._write_deadline):
            return
        if self.transport.is_closing() or now >= self._write_deadline:
            self.transport.abort()
            return
        unanswered = self.cycle is None or self.cycle.response_complete or not self.cycle.response_started
        if self._state in ("idle", "discarding") or not unanswered:
            self._close()
        else:
            self._refuse(408, "The request took too long to arrive.")

    def data_received(self, data: bytes) -> None:
        """Parse what arrived in small parts, so that little is held between two callbacks of the parser."""
        if self._state == "discarding":
            return
        for start in range(0, len(data), PART):
            part = data[start : start + PART]
            self._progress = False
            super().data_received(part)
            if self.transport.is_closing():
                return
            if self._drained_chunks > MAX_DRAINED_CHUNKS:
                self._discard_rest()
                return
            self._unparsed = 0 if self._progress else self._unparsed + len(part)
            if self._unparsed > (MAX_HEAD if self._state == "head" else MAX_LINE) and self._state != "idle":
                self.send_400_response("The request is malformed or too large.")
                return

    def on_message_begin(self) -> None:
        self._enter("head", HEAD_TIMEOUT_S)
        self._head_size = self._drained_chunks = 0
        super().on_message_begin()

    def on_url(self, url: bytes) -> None:
        self._count(len(url))
        super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        if self._state != "head":
            # The caller of the parser answers an exception with 400 and closes the connection.
            raise ValueError("Trailers are not accepted.")
        self._count(len(name) + len(value))
        if len(self.headers) >= MAX_HEADERS:
            raise ValueError("Too many headers.")
        super().on_header(name, value)

    def on_headers_complete(self) -> None:
        self._progress = True
        hosts = [value for name, value in self.headers if name == b"host"]
        if len(hosts) > 1 or not all(_HOST.fullmatch(host) for host in hosts):
            raise ValueError("Send one Host header with a host name.")
        if not hosts and self.parser.get_http_version() != "1.0":
            raise ValueError("The Host header is missing.")
        if len(self.pipeline) >= MAX_PIPELINED:
            raise ValueError("Too many requests at once.")
        self._enter("body", BODY_TIMEOUT_S)
        super().on_headers_complete()

    def on_chunk_header(self) -> None:
        self._progress = True
        if self.cycle.response_complete:
            self._drained_chunks += 1

    def on_chunk_complete(self) -> None:
        self._progress = True

    def on_body(self, body: bytes) -> None:
        self._progress = True
        if not self.cycle.response_complete:
            self.deadline += len(body) / MIN_RATE
        super().on_body(body)

    def on_message_complete(self) -> None:
        self._progress = True
        super().on_message_complete()
        self._state = "running"
        self._wait_if_done()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        if self.transport.is_closing():
            self.deadline = self.loop.time() + CLOSE_TIMEOUT_S
        self._wait_if_done()

    def pause_writing(self) -> None:
        self._write_deadline = self.loop.time() + WRITE_TIMEOUT_S
        super().pause_writing()

    def resume_writing(self) -> None:
        self._write_deadline = math.inf
        super().resume_writing()

    def send_400_response(self, msg: str) -> None:
        self._refuse(400, msg)

    def _refuse(self, status: int, message: str) -> None:
        """Answer without the application, and close the connection."""
        if self.transport.is_closing():
            return
        problem = {"type": "about:blank", "title": HTTPStatus(status).phrase, "status": status, "detail": message}
        body = msgspec.json.encode(problem)
        fields = {
            b"content-type": b"application/problem+json",
            b"content-length": str(len(body)).encode(),
            b"connection": b"close",
            **({b"retry-after": b"5"} if status == 503 else {}),
        }
        lines = [name + b": " + value + b"\r\n" for name, value in (*fields.items(), *self._fixed_headers)]
        if self.cycle is None or self.cycle.response_complete or not self.cycle.response_started:
            self.transport.write(b"".join((STATUS_LINE[status], *lines, b"\r\n", body)))
        self._close()

    def _close(self) -> None:
        if self.cycle is not None and not self.cycle.response_complete:
            # The application learns of it, and writes nothing after our answer.
            self.cycle.disconnected = True
            self.cycle.message_event.set()
        self.deadline = self.loop.time() + CLOSE_TIMEOUT_S
        self.transport.close()

    def _discard_rest(self) -> None:
        """End our side of the connection, and discard what the client still sends until the time is over."""
        self._state = "discarding"
        self.deadline = self.loop.time() + CLOSE_TIMEOUT_S
        if self.transport.can_write_eof():
            self.transport.write_eof()

    def _close_longest_waiting(self) -> bool:
        """Cut off the connection that has waited longest for its client. False if all have a request in work."""
        waiting = [
            each
            for each in self.connections
            if isinstance(each, Protocol) and each is not self and each._state != "running"
        ]
        if not waiting:
            return False
        oldest = min(waiting, key=lambda each: (each._state != "idle", each.deadline))
        oldest.transport.abort()
        self.connections.discard(oldest)
        return True

    def _enter(self, state: str, seconds: float) -> None:
        self._state = state
        self._progress = True
        self.deadline = self.loop.time() + seconds

    def _wait_if_done(self) -> None:
        """Wait for the next request once this one has arrived and is answered."""
        if self._state != "running":
            return
        self.deadline = math.inf
        if not self.pipeline and self.cycle.response_complete:
            self._state = "idle"
            self.deadline = self.loop.time() + (CLOSE_TIMEOUT_S if self.transport.is_closing() else IDLE_TIMEOUT_S)

    def _count(self, size: int) -> None:
        self._progress = True
        self._head_size += size
        if self._head_size > MAX_HEAD:
            raise ValueError("The head of the request is too large.")
