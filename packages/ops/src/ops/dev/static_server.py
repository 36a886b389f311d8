"""Serves a built site as GitHub Pages does: the same URLs, redirects and 404 page."""

from __future__ import annotations

import gzip
import http
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

from ops.cli import OpsError

TEXT = {"html": "html", "css": "css", "txt": "plain"}
COMPRESSED = re.compile(r"text/|image/svg\+xml|application/([\w-]+\+)?(javascript|json|xml)\b")


class _Handler(SimpleHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    extensions_map = {  # noqa: RUF012 - the base class has it as a dict
        **SimpleHTTPRequestHandler.extensions_map,
        **{f".{name}": f"text/{kind}; charset=utf-8" for name, kind in TEXT.items()},
        **dict.fromkeys((".js", ".mjs"), "application/javascript; charset=utf-8"),
        ".xml": "application/xml",
        ".webmanifest": "application/manifest+json",
        ".woff2": "font/woff2",
        ".webp": "image/webp",
        ".avif": "image/avif",
    }

    def do_GET(self) -> None:
        self._respond(body=True)

    def do_HEAD(self) -> None:
        self._respond(body=False)

    def _respond(self, *, body: bool) -> None:
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
        # Two slashes in front would name another host.
        self.send_header("Location", "/" + path.lstrip("/") + (f"?{query}" if query else ""))
        self.send_header("Content-Length", "0")
        self.end_headers()

    def _send(self, status: http.HTTPStatus, file: Path, *, body: bool) -> None:
        kind = self.guess_type(str(file)) if file.exists() else "text/plain; charset=utf-8"
        compress = COMPRESSED.match(kind) is not None and "gzip" in self.headers.get("Accept-Encoding", "")
        try:
            content = file.read_bytes()
        except FileNotFoundError:  # no 404.html, or a rebuild has just removed the file
            status, content, compress = http.HTTPStatus.NOT_FOUND, b"Not found.\n", False
        if compress:
            content = gzip.compress(content, 6)  # the level of Pages
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        self.send_header("Cache-Control", "no-cache")
        self.send_header("Access-Control-Allow-Origin", "*")  # as Pages does
        if COMPRESSED.match(kind):
            self.send_header("Vary", "Accept-Encoding")
        if compress:
            self.send_header("Content-Encoding", "gzip")
        self.end_headers()
        if body:
            self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name is the library's
        """Prints nothing for a request."""


class _Server(ThreadingHTTPServer):
    def handle_error(self, request: object, client_address: object) -> None:
        """Prints nothing when a browser closes its connection early."""


@contextmanager
def serve_folder(folder: Path, port: int) -> Iterator[int]:
    """Serves `folder` on 127.0.0.1 for the length of a block and yields the port; 0 takes a free one.

    Raises `OpsError` when the port is in use.
    """
    try:
        server = _Server(("127.0.0.1", port), partial(_Handler, directory=str(folder)))
    except OSError as error:
        raise OpsError(f"The public site cannot be served on {port}: {error.strerror}.") from error
    thread = threading.Thread(target=partial(server.serve_forever, poll_interval=0.05), daemon=True)
    thread.start()
    try:
        yield int(server.server_address[1])
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
