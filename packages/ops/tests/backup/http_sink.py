"""An HTTP server on loopback that keeps every POST and always answers the same."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import NamedTuple


class HttpSink(NamedTuple):
    """`paths` are those of the requests, without their query, and `bodies` what they carried."""

    url: str
    paths: list[str]
    bodies: list[bytes]


@contextmanager
def run_http_sink(status: int) -> Iterator[HttpSink]:
    paths: list[str] = []
    bodies: list[bytes] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            bodies.append(self.rfile.read(int(self.headers.get("content-length", 0))))
            paths.append(self.path.partition("?")[0])
            self.send_response(status)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    try:
        yield HttpSink(f"http://127.0.0.1:{server.server_port}", paths, bodies)
    finally:
        server.shutdown()
        server.server_close()
