"""The development server: builds on every save and tells the open pages to load anew."""

from __future__ import annotations

import gc
import queue
import sys
import threading
from collections.abc import Callable, Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from blog.faults import Faulty
from blog.site import Built, build_folder, build_site
from blog.theme import OWN

SCRIPT = "/_live.js"
STREAM = "/_live"
_HEARTBEAT = 15.0
_CODE = b"""let dialog;
new EventSource("/_live").onmessage = ({ data }) => {
  if (!data) return location.reload();
  dialog ??= document.body.appendChild(document.createElement("dialog"));
  dialog.replaceChildren(Object.assign(document.createElement("pre"), { textContent: JSON.parse(data) }));
  dialog.open || dialog.showModal();
};
"""


class Audience:
    """The open pages. Each listens on its own queue."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._queues: set[queue.SimpleQueue[str]] = set()

    def listen(self) -> Iterator[str]:
        """Messages as they come; an empty line now and then, so that a closed page is noticed."""
        mine: queue.SimpleQueue[str] = queue.SimpleQueue()
        with self._lock:
            self._queues.add(mine)
        try:
            while True:
                try:
                    yield f"data: {mine.get(timeout=_HEARTBEAT)}\n\n"
                except queue.Empty:
                    yield ":\n\n"
        finally:
            with self._lock:
                self._queues.discard(mine)

    def tell(self, message: str) -> None:
        with self._lock:
            for each in self._queues:
                each.put(message)


class Handler(SimpleHTTPRequestHandler):
    """Files of the built site as a static host serves them, and the stream of the audience."""

    def __init__(self, *args: object, audience: Audience, **more: object) -> None:
        self.audience = audience
        super().__init__(*args, **more)  # type: ignore[arg-type]

    def do_GET(self) -> None:
        if self.path == STREAM:
            self._stream()
        elif self.path == SCRIPT:
            self._send(200, "text/javascript", _CODE)
        else:
            super().do_GET()

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        lost = Path(self.directory, "404.html")
        if code == 404 and lost.is_file():
            self._send(404, "text/html; charset=utf-8", lost.read_bytes())
        else:
            super().send_error(code, message, explain)

    def end_headers(self) -> None:
        self.send_header("Cache-Control", "no-store")
        super().end_headers()

    def log_message(self, *_: object) -> None:
        """Requests are not news here; builds are."""

    def _send(self, status: int, kind: str, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _stream(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.end_headers()
        try:
            self.wfile.write(b":\n\n")
            for message in self.audience.listen():
                self.wfile.write(message.encode())
        except OSError:
            self.close_connection = True


def serve(root: Path | None, site: Path | None, *, port: int, cache: Path, api_url: str | None = None) -> int:
    """Serve a content folder or, given `site`, this house, until interrupted. Port 0 takes a free one and tells it."""
    audience = Audience()
    out = cache.absolute() / "serve" / "site"
    server = ThreadingHTTPServer(("127.0.0.1", port), partial(Handler, audience=audience, directory=str(out)))
    server.daemon_threads = True
    url = f"http://localhost:{server.server_port}"
    if site:
        build = partial(build_site, site, out, cache, api_url=api_url, site_url=url, live=SCRIPT)
        watched = [site.absolute().parent / "packages" / name for name in ("blog", "web", "house/src/shared/look")]
    else:
        build = partial(build_folder, root or Path(), out, cache, base_url=url, live=SCRIPT)
        watched = [(root or Path()).absolute()]
    _attempt(build, audience)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print(f"Ready: {url}", flush=True)  # noqa: T201
    stop = threading.Event()
    try:
        for _ in saves([*watched, Path(OWN)], stop):
            _attempt(build, audience)
            gc.collect()
    except KeyboardInterrupt:
        pass
    finally:
        stop.set()
        server.shutdown()
        server.server_close()
    return 0


def saves(folders: list[Path], stop: threading.Event) -> Iterator[None]:
    """One item per burst of saved files. The caches and outputs of this program do not count."""
    from watchfiles import DefaultFilter, watch

    ignored = (*DefaultFilter.ignore_dirs, ".cache", ".data", "dist")
    found = [folder for folder in folders if folder.is_dir()]
    chosen = DefaultFilter(ignore_dirs=ignored)
    for _ in watch(*found, watch_filter=chosen, step=5, debounce=100, stop_event=stop):
        yield


def _attempt(build: Callable[[], Built], audience: Audience) -> None:
    """Build, and tell the pages: an empty message to load anew, else the faults as a JSON text."""
    import json

    try:
        built = build()
    except Faulty as faulty:
        print(faulty, file=sys.stderr, flush=True)  # noqa: T201
        audience.tell(json.dumps(str(faulty)))
    except (OSError, RuntimeError, ValueError) as fault:
        # A broken template or picture is mended by the next save; the server stays up for it.
        print(f"{type(fault).__name__}: {fault}", file=sys.stderr, flush=True)  # noqa: T201
        audience.tell(json.dumps(str(fault)))
    else:
        if built.written or built.removed:
            audience.tell("")
