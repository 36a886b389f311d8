"""GitHub's REST API and the public hosts, on one server on loopback; job logs lie on another, as GitHub's do."""

from __future__ import annotations

import hashlib
import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

from deploy.manual_clock import ManualClock
from deploy.release_timeline import Run, Timeline, find_latest

DOWN = "down"
PAGE = '<!doctype html>\n<meta name="commit" content="{}">\n<title>Blog</title>'


class FakeWeb:
    """`serves` says which commit a host serves when; `DOWN` hangs up, and 'unhealthy COMMIT' answers 503."""

    def __init__(self, clock: ManualClock) -> None:
        self.clock = clock
        self.runs: list[Run] = []
        self.serves: dict[str, Timeline[str]] = {}
        self.log = ""
        self.refuses_until = -1.0
        self.refusal: dict[str, str] = {}
        self.status = 200
        self.requests: list[tuple[float, str, str]] = []
        self.unchanged = 0
        self.forwarded_tokens: list[str | None] = []
        self.address = self.store = ""

    def answer(self, path: str, headers: Any) -> tuple[int, dict[str, str], bytes] | None:
        first, _, rest = path.lstrip("/").partition("/")
        if first == "github":
            return self._github(rest, headers)
        if first == "store":
            self.forwarded_tokens.append(headers.get("authorization"))
            return 200, {}, self.log.encode()
        return self._host(first)

    def _host(self, name: str) -> tuple[int, dict[str, str], bytes] | None:
        found = find_latest(self.serves[name], self.clock.elapsed)
        serves = found[1] if found else DOWN
        if serves == DOWN:
            return None
        if name == "blog":
            return 200, {"content-type": "text/html"}, PAGE.format(serves).encode()
        if serves.startswith("unhealthy"):
            health = {"commit": serves.split()[1], "database": {"state": "unreachable"}, "worker": {"state": "late"}}
            return 503, {}, json.dumps({"status": "unhealthy", **health}).encode()
        return 200, {}, json.dumps({"status": "ok", "commit": serves}).encode()

    def _github(self, rest: str, headers: Any) -> tuple[int, dict[str, str], bytes]:
        self.requests.append((self.clock.elapsed, rest, headers.get("authorization", "")))
        if self.clock.elapsed < self.refuses_until:
            return 429, self.refusal, b"{}"
        if self.status != 200:
            return self.status, {}, b"{}"
        if found := re.fullmatch(r"repos/galer7/octatech\.xyz/actions/runs/(\d+)/jobs", rest):
            run = next(run for run in self.runs if run.id == int(found[1]))
            return 200, {}, json.dumps({"jobs": run.jobs}).encode()
        if re.fullmatch(r"repos/galer7/octatech\.xyz/actions/jobs/\d+/logs", rest):
            return 302, {"location": f"{self.store}/store/log"}, b""
        assert rest == "repos/galer7/octatech.xyz/actions/runs"
        runs = [found for run in self.runs if (found := run.describe(self.clock.elapsed))]
        data = json.dumps({"total_count": len(runs), "workflow_runs": runs}).encode()
        etag = f'"{hashlib.sha256(data).hexdigest()[:16]}"'
        if headers.get("if-none-match") == etag:
            self.unchanged += 1
            return 304, {"etag": etag}, b""
        return 200, {"etag": etag}, data


@contextmanager
def serve(web: FakeWeb) -> Iterator[FakeWeb]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version, disable_nagle_algorithm = "HTTP/1.1", True

        def do_GET(self) -> None:
            answer = web.answer(urlsplit(self.path).path, self.headers)
            if answer is None:
                self.close_connection = True
                return
            status, headers, data = answer
            self.send_response(status)
            for name, value in {**headers, "Content-Length": str(len(data))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *arguments: Any) -> None:
            pass

    servers = [ThreadingHTTPServer(("127.0.0.1", 0), Handler) for _ in range(2)]
    threads = [threading.Thread(target=each.serve_forever, kwargs={"poll_interval": 0.01}) for each in servers]
    for thread in threads:
        thread.start()
    web.address, web.store = (f"http://127.0.0.1:{each.server_port}" for each in servers)
    try:
        yield web
    finally:
        for server, thread in zip(servers, threads, strict=True):
            server.shutdown()
            thread.join()
            server.server_close()
