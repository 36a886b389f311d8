"""Serves the built site the way GitHub Pages does: same addresses, same redirects, same page for what is not there."""

from __future__ import annotations

import gzip
import http
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache, partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

from ops.dev.faults import Trouble

SQUEEZED = (
    "text/",
    "application/javascript",
    "application/json",
    "application/xml",
    "application/rss+xml",
    "application/atom+xml",
    "image/svg+xml",
    "application/manifest+json",
)


@lru_cache(maxsize=256)
def _squeezed(path: Path, changed_ns: int) -> bytes:
    """Level 6, as Pages sends it; kept until the file changes."""
    assert changed_ns
    return gzip.compress(path.read_bytes(), 6)


class _Handler(SimpleHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = "ops-dev"
    sys_version = ""
    extensions_map = {  # noqa: RUF012 - the class it derives from has it so
        **SimpleHTTPRequestHandler.extensions_map,
        ".html": "text/html; charset=utf-8",
        ".css": "text/css; charset=utf-8",
        ".js": "application/javascript; charset=utf-8",
        ".mjs": "application/javascript; charset=utf-8",
        ".json": "application/json",
        ".svg": "image/svg+xml",
        ".txt": "text/plain; charset=utf-8",
        ".xml": "application/xml",
        ".webmanifest": "application/manifest+json",
        ".woff2": "font/woff2",
        ".webp": "image/webp",
        ".avif": "image/avif",
    }

    def do_GET(self) -> None:
        self._answer(body=True)

    def do_HEAD(self) -> None:
        self._answer(body=False)

    def _answer(self, *, body: bool) -> None:
        path = urlsplit(self.path).path
        file = Path(self.translate_path(path))
        if file.is_dir() and not path.endswith("/"):
            self._redirect(path + "/")
            return
        if file.is_dir():
            file = file / "index.html"
        elif not file.is_file() and not path.endswith("/"):
            file = file.with_name(file.name + ".html")
        status = http.HTTPStatus.OK
        if not file.is_file():
            status, file = http.HTTPStatus.NOT_FOUND, Path(self.directory) / "404.html"
        self._send(status, file, body=body)

    def _redirect(self, path: str) -> None:
        query = urlsplit(self.path).query
        self.send_response(http.HTTPStatus.MOVED_PERMANENTLY)
        # One slash only in front: two would name another host.
        self.send_header("Location", "/" + path.lstrip("/") + (f"?{query}" if query else ""))
        self.send_header("Content-Length", "0")
        self.end_headers()

    def _send(self, status: http.HTTPStatus, file: Path, *, body: bool) -> None:
        kind = self.guess_type(str(file)) if file.exists() else "text/plain; charset=utf-8"
        squeeze = kind.startswith(SQUEEZED) and "gzip" in self.headers.get("Accept-Encoding", "")
        try:
            content = _squeezed(file, file.stat().st_mtime_ns) if squeeze else file.read_bytes()
        except FileNotFoundError:  # no 404.html, or a file that a rebuild has just taken away
            status, content, squeeze = http.HTTPStatus.NOT_FOUND, b"Nothing here.\n", False
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        self.send_header("Cache-Control", "no-cache")
        self.send_header("Access-Control-Allow-Origin", "*")  # as Pages does
        if kind.startswith(SQUEEZED):
            self.send_header("Vary", "Accept-Encoding")
        if squeeze:
            self.send_header("Content-Encoding", "gzip")
        self.end_headers()
        if body:
            self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name is the library's
        """Requests for files are no news."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def handle_error(self, request: object, client_address: object) -> None:
        """A browser that goes away in the middle is no news either."""


@contextmanager
def served(folder: Path, port: int) -> Iterator[int]:
    """Serves `folder` on 127.0.0.1 for the length of a block; gives the port, which is chosen where 0 is asked for.

    Raises `Trouble` when somebody else listens there.
    """
    try:
        server = _Server(("127.0.0.1", port), partial(_Handler, directory=str(folder)))
    except OSError as fault:
        raise Trouble(f"The public site cannot be served on {port}: {fault.strerror}.") from fault
    thread = threading.Thread(target=partial(server.serve_forever, poll_interval=0.05), daemon=True)
    thread.start()
    try:
        yield int(server.server_address[1])
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
