"""The front of the look-alike: one port with TLS and one without for all hosts, in front of whatever serves them.

Everything on it can be changed while it runs: certificates, versions, and any answer on its way out.
"""

from __future__ import annotations

import http.client
import ssl
import threading
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple

PATIENCE_S = 20


class Asked(NamedTuple):
    """`address` is whose connection it is."""

    address: str
    method: str
    scheme: str
    host: str
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def url(self) -> str:
        return f"{self.scheme}://{self.host}{self.path}"


class Answer(NamedTuple):
    """Names of headers are in small letters."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes = b""

    def without(self, name: str) -> Answer:
        return self._replace(headers=[pair for pair in self.headers if pair[0] != name])

    def having(self, name: str, value: str) -> Answer:
        changed = self.without(name)
        return changed._replace(headers=[*changed.headers, (name, value)])

    def saying(self, body: bytes) -> Answer:
        """With another body, which is not packed."""
        return self._replace(body=body).without("content-encoding").having("content-length", str(len(body)))


Serve = Callable[[Asked], Answer]
Alter = Callable[[Asked, Answer], Answer]


class Edge:
    """`hosts` serve, each under its name, and `certificates` prove them; `alter` has the last word on every answer."""

    def __init__(self, hosts: dict[str, Serve], certificates: dict[str, ssl.SSLContext]) -> None:
        self.hosts = hosts
        self.certificates = certificates
        self.alter: Alter = lambda asked, answer: answer
        self.lowest = ssl.TLSVersion.TLSv1_2
        self.highest = ssl.TLSVersion.TLSv1_3
        self.secure_port = self.plain_port = 0

    def answer(self, asked: Asked) -> Answer:
        serve = self.hosts.get(asked.host)
        return self.alter(asked, serve(asked) if serve else Answer(404, [("content-length", "0")]))

    def context(self) -> ssl.SSLContext:
        """For one connection: the certificate follows the name that the client asks for."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.set_ciphers("DEFAULT:@SECLEVEL=0")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            context.minimum_version, context.maximum_version = self.lowest, self.highest
        context.sni_callback = self._choose
        return context

    def _choose(self, connection: ssl.SSLObject, name: str | None, _: ssl.SSLContext) -> int | None:
        chosen = self.certificates.get(name or "")
        if chosen is None:
            return ssl.AlertDescription.ALERT_DESCRIPTION_UNRECOGNIZED_NAME
        connection.context = chosen
        return None


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1  # one packet for head and body

    def __init__(self, edge: Edge, scheme: str, *given: Any) -> None:
        self.edge, self.scheme = edge, scheme
        super().__init__(*given)

    def setup(self) -> None:
        self.request.settimeout(PATIENCE_S)
        if self.scheme == "https":
            self.request = self.edge.context().wrap_socket(self.request, server_side=True)
        super().setup()

    def answer(self) -> None:
        headers = {name.lower(): value for name, value in self.headers.items()}
        body = self.rfile.read(int(headers.get("content-length", 0)))
        host = headers.get("host", "").partition(":")[0]
        answer = self.edge.answer(
            Asked(self.client_address[0], self.command, self.scheme, host, self.path, headers, body)
        )
        self.send_response_only(answer.status)
        for name, value in answer.headers:
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(answer.body)

    def __getattr__(self, name: str) -> Any:
        """Every method is answered in the same way."""
        if name.startswith("do_"):
            return self.answer
        raise AttributeError(name)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name is the library's
        """Requests are no news."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 64

    def handle_error(self, request: object, client_address: object) -> None:
        """Clients that go away, or will not have our certificate, are what tests are about."""


@contextmanager
def standing(edge: Edge) -> Iterator[Edge]:
    """The edge on two free ports of 127.0.0.1 for the length of a block."""
    servers = [_Server(("127.0.0.1", 0), BaseHTTPRequestHandler) for _ in range(2)]
    edge.secure_port, edge.plain_port = (int(server.server_address[1]) for server in servers)
    for server, scheme in zip(servers, ("https", "http"), strict=True):
        server.RequestHandlerClass = partial(_Handler, edge, scheme)  # type: ignore[assignment]
        threading.Thread(target=partial(server.serve_forever, poll_interval=0.05), daemon=True).start()
    try:
        yield edge
    finally:
        for server in servers:
            server.shutdown()
            server.server_close()


_ways = threading.local()
_HOP = ("connection", "keep-alive", "transfer-encoding", "server", "date")


def passed_on(port: int, asked: Asked, **more: str) -> Answer:
    """What the server on this port answers. A thread, which has one client, keeps its connection to it."""
    ways = _ways.__dict__.setdefault("open", {})
    headers = {name: value for name, value in asked.headers.items() if name not in _HOP} | more
    for fresh in (False, True):
        if fresh or port not in ways:
            ways[port] = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE_S)
        try:
            ways[port].request(asked.method, asked.path, asked.body or None, headers)
            got = ways[port].getresponse()
            body = got.read()
        except (ConnectionError, http.client.HTTPException):
            if fresh:
                raise
            continue
        kept = [(name.lower(), value) for name, value in got.getheaders() if name.lower() not in _HOP]
        answer = Answer(got.status, kept, body)
        return answer if asked.method == "HEAD" else answer.having("content-length", str(len(body)))
    raise AssertionError
