"""The edge of the fake production: one port with TLS and one without for all hosts, in front of what serves them.

A test can change everything on it while it runs: certificates, versions, and any response on its way out.
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

TIMEOUT_S = 20


class Request(NamedTuple):
    """`address` is that of the client."""

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


class Response(NamedTuple):
    """Header names are in lower case."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes = b""

    def without_header(self, name: str) -> Response:
        return self._replace(headers=[pair for pair in self.headers if pair[0] != name])

    def with_header(self, name: str, value: str) -> Response:
        changed = self.without_header(name)
        return changed._replace(headers=[*changed.headers, (name, value)])

    def with_body(self, body: bytes) -> Response:
        """Returns a response with another body, which is not compressed."""
        return self._replace(body=body).without_header("content-encoding").with_header("content-length", str(len(body)))


Serve = Callable[[Request], Response]
Alter = Callable[[Request, Response], Response]


class Edge:
    """`hosts` serve requests by host name, `certificates` prove the names, and `alter` may change every response."""

    def __init__(self, hosts: dict[str, Serve], certificates: dict[str, ssl.SSLContext]) -> None:
        self.hosts = hosts
        self.certificates = certificates
        self.alter: Alter = lambda request, response: response
        self.lowest = ssl.TLSVersion.TLSv1_2
        self.highest = ssl.TLSVersion.TLSv1_3
        self.secure_port = self.plain_port = 0

    def respond(self, request: Request) -> Response:
        serve = self.hosts.get(request.host)
        return self.alter(request, serve(request) if serve else Response(404, [("content-length", "0")]))

    def make_context(self) -> ssl.SSLContext:
        """Returns a context for one connection; the certificate follows the name that the client asks for."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.set_ciphers("DEFAULT:@SECLEVEL=0")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            context.minimum_version, context.maximum_version = self.lowest, self.highest
        context.sni_callback = self._choose
        return context

    def _choose(self, connection: ssl.SSLObject, name: str | None, _: ssl.SSLContext) -> int | None:
        certificate = self.certificates.get(name or "")
        if certificate is None:
            return ssl.AlertDescription.ALERT_DESCRIPTION_UNRECOGNIZED_NAME
        connection.context = certificate
        return None


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1  # one packet for head and body

    def __init__(self, edge: Edge, scheme: str, *arguments: Any) -> None:
        self.edge, self.scheme = edge, scheme
        super().__init__(*arguments)

    def setup(self) -> None:
        self.request.settimeout(TIMEOUT_S)
        if self.scheme == "https":
            self.request = self.edge.make_context().wrap_socket(self.request, server_side=True)
        super().setup()

    def respond(self) -> None:
        headers = {name.lower(): value for name, value in self.headers.items()}
        body = self.rfile.read(int(headers.get("content-length", 0)))
        host = headers.get("host", "").partition(":")[0]
        response = self.edge.respond(
            Request(self.client_address[0], self.command, self.scheme, host, self.path, headers, body)
        )
        self.send_response_only(response.status)
        for name, value in response.headers:
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(response.body)

    def __getattr__(self, name: str) -> Any:
        """Handles every method in the same way."""
        if name.startswith("do_"):
            return self.respond
        raise AttributeError(name)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name is the library's
        """Tests need no log of requests."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 64

    def handle_error(self, request: object, client_address: object) -> None:
        """Clients that leave, or refuse our certificate, are what tests are about."""


@contextmanager
def serve_edge(edge: Edge) -> Iterator[Edge]:
    """Serves the edge on two free ports of 127.0.0.1 for the length of a block."""
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


_connections = threading.local()
_HOP_HEADERS = ("connection", "keep-alive", "transfer-encoding", "server", "date")


def forward(port: int, request: Request, **more: str) -> Response:
    """Returns the response of the server on this port. A thread has one client and keeps one connection."""
    connections = _connections.__dict__.setdefault("open", {})
    headers = {name: value for name, value in request.headers.items() if name not in _HOP_HEADERS} | more
    for fresh in (False, True):
        if fresh or port not in connections:
            connections[port] = http.client.HTTPConnection("127.0.0.1", port, timeout=TIMEOUT_S)
        try:
            connections[port].request(request.method, request.path, request.body or None, headers)
            received = connections[port].getresponse()
            body = received.read()
        except (ConnectionError, http.client.HTTPException):
            if fresh:
                raise
            continue
        passed = [(name.lower(), value) for name, value in received.getheaders() if name.lower() not in _HOP_HEADERS]
        response = Response(received.status, passed, body)
        return response if request.method == "HEAD" else response.with_header("content-length", str(len(body)))
    raise AssertionError
