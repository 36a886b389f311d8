"""The development server: it builds after every save and reloads the open pages."""

from __future__ import annotations

import gc
import json
import queue
import sys
import threading
from collections.abc import Callable, Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from blog.build import BuildResult
from blog.errors import BuildError
from blog.site import build_folder, build_site, describe_hidden
from blog.theme import BUILTIN_FOLDER
from shared import design

SCRIPT_PATH = "/_live.js"
STREAM_PATH = "/_live"
_HEARTBEAT_SECONDS = 15.0
_SCRIPT = b"""let dialog;
new EventSource("/_live").onmessage = ({ data }) => {
  if (!data) return location.reload();
  dialog ??= document.body.appendChild(document.createElement("dialog"));
  dialog.replaceChildren(Object.assign(document.createElement("pre"), { textContent: JSON.parse(data) }));
  dialog.open || dialog.showModal();
};
"""


class Broadcaster:
    """Sends events to all open pages. Each page has its own queue."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._queues: set[queue.SimpleQueue[str]] = set()

    def subscribe(self) -> Iterator[str]:
        """Yields server-sent events, and a comment every 15 seconds so that a closed connection is noticed."""
        events: queue.SimpleQueue[str] = queue.SimpleQueue()
        with self._lock:
            self._queues.add(events)
        try:
            while True:
                try:
                    yield f"data: {events.get(timeout=_HEARTBEAT_SECONDS)}\n\n"
                except queue.Empty:
                    yield ":\n\n"
        finally:
            with self._lock:
                self._queues.discard(events)

    def send(self, data: str) -> None:
        with self._lock:
            for events in self._queues:
                events.put(data)


class Handler(SimpleHTTPRequestHandler):
    """Serves the built site as a static host does, and the event stream."""

    def __init__(self, *args: object, broadcaster: Broadcaster, **options: object) -> None:
        self.broadcaster = broadcaster
        super().__init__(*args, **options)  # type: ignore[arg-type]

    def do_GET(self) -> None:
        if self.path == STREAM_PATH:
            self._stream()
        elif self.path == SCRIPT_PATH:
            self._send(200, "text/javascript", _SCRIPT)
        else:
            super().do_GET()

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        page = Path(self.directory, "404.html")
        if code == 404 and page.is_file():
            self._send(404, "text/html; charset=utf-8", page.read_bytes())
        else:
            super().send_error(code, message, explain)

    def end_headers(self) -> None:
        self.send_header("Cache-Control", "no-store")
        super().end_headers()

    def log_message(self, *_: object) -> None:
        """Logs nothing: only builds are reported."""

    def _send(self, status: int, content_type: str, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _stream(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.end_headers()
        try:
            self.wfile.write(b":\n\n")
            for event in self.broadcaster.subscribe():
                self.wfile.write(event.encode())
        except OSError:
            self.close_connection = True


def serve(root: Path | None, site: Path | None, *, port: int, cache: Path, api_url: str | None = None) -> int:
    """Serves a content folder, or the site of the file `site`, until it is interrupted.

    Port 0 takes a free port. The URL is printed as `Ready: URL`. Raises `OSError` if the port is in use.
    """
    broadcaster = Broadcaster()
    out = cache.absolute() / "serve" / "site"
    server = ThreadingHTTPServer(("127.0.0.1", port), partial(Handler, broadcaster=broadcaster, directory=str(out)))
    server.daemon_threads = True
    url = f"http://localhost:{server.server_port}"
    if site:
        build = partial(
            build_site, site, out, cache, api_url=api_url, site_url=url, reload_script=SCRIPT_PATH, drafts=True
        )
        watched = [site.absolute().parent / "packages" / name for name in ("blog", "web")]
    else:
        build = partial(build_folder, root or Path(), out, cache, base_url=url, reload_script=SCRIPT_PATH, drafts=True)
        watched = [(root or Path()).absolute()]
    _build_and_notify(build, broadcaster)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print(f"Ready: {url}", flush=True)  # noqa: T201
    stop = threading.Event()
    try:
        for _ in watch_saves([*watched, Path(BUILTIN_FOLDER), Path(design.__file__).parent], stop):
            _build_and_notify(build, broadcaster)
            gc.collect()
    except KeyboardInterrupt:
        pass
    finally:
        stop.set()
        server.shutdown()
        server.server_close()
    return 0


def watch_saves(folders: list[Path], stop: threading.Event) -> Iterator[None]:
    """Yields once for each group of saved files. It ignores caches and built files."""
    from watchfiles import DefaultFilter, watch

    ignored = (*DefaultFilter.ignore_dirs, ".cache", ".data", "dist")
    existing = [folder for folder in folders if folder.is_dir()]
    watch_filter = DefaultFilter(ignore_dirs=ignored)
    for _ in watch(*existing, watch_filter=watch_filter, step=5, debounce=100, stop_event=stop):
        yield


def _build_and_notify(build: Callable[[], BuildResult], broadcaster: Broadcaster) -> None:
    """Builds and sends an event: an empty one reloads the pages, a JSON text shows the error."""
    try:
        result = build()
    except (BuildError, OSError, RuntimeError, ValueError) as error:
        # The server keeps running after any error, because the next save may correct it.
        message = str(error) if isinstance(error, BuildError) else f"{type(error).__name__}: {error}"
        print(message, file=sys.stderr, flush=True)  # noqa: T201
        broadcaster.send(json.dumps(message))
    else:
        for warning in result.warnings:
            print(warning, file=sys.stderr, flush=True)  # noqa: T201
        hidden = describe_hidden(result, "with a badge")
        print(f"{result.posts} posts{hidden}", file=sys.stderr, flush=True)  # noqa: T201
        if result.written or result.removed:
            broadcaster.send("")
