"""The outermost layer: request ids, fixed headers, compression, one log line a request, and no bare 500."""

from __future__ import annotations

import gzip
import itertools
import re
import secrets
import time
from typing import Any

from litestar import Litestar
from litestar.enums import ScopeType
from litestar.types import Message, Receive, Send

from crm.config import Config
from crm.kernel import log
from crm.kernel.errors import Trouble
from crm.kernel.http import answers, headers

MIN_COMPRESSED = 1000
_REQUEST_ID = re.compile(r"[A-Za-z0-9_.-]{8,64}")
_COMPRESSIBLE = (b"text/", b"application/json", b"application/problem+json", b"image/svg+xml")
QUIET = ("/api/v1/health", "/api/v1/live", "/static/")


class Shell:
    """ASGI middleware around the whole application; static files and errors pass through it too."""

    def __init__(self, app: Litestar, config: Config) -> None:
        self.application = app
        self._for_pages = headers.of_pages(config)
        self._for_programs = headers.of_programs(config)
        # Our own proxy may name the request; anybody else's word for it is not taken into the logs.
        self._believes = config.trusted_proxies > 0
        self._log = log.get("http")
        # Ids need to be told apart, not guessed at: one random start and a count, without a system call each.
        self._start = secrets.token_hex(5)
        self._count = itertools.count(1)

    async def __call__(self, scope: Any, receive: Receive, send: Send) -> None:
        if scope["type"] != ScopeType.HTTP:
            await self.application(scope, receive, send)
            return
        given = {
            name: value for name, value in scope["headers"] if name in (b"accept-encoding", b"x-railway-request-id")
        }
        request_id = self._request_id(given.get(b"x-railway-request-id", b"").decode("latin-1"))
        scope["request_id"] = request_id
        usual = self._for_programs if scope["path"].startswith("/api/") else self._for_pages
        packs = b"gzip" in given.get(b"accept-encoding", b"")
        sending = _Sending(send, scope, ((b"x-request-id", request_id.encode()), *usual), packs=packs)
        started = time.perf_counter()
        token = log.request_id.set(request_id)
        try:
            await self.application(scope, receive, sending)
        except Exception:
            self._log.exception("unhandled", method=scope["method"], path=scope["path"])
            if not sending.started:
                answer = answers.problem(Trouble("This is our fault. It has been logged."), request_id)
                await answer(scope, receive, sending)
        finally:
            self._note(scope, sending.status, started)
            log.request_id.reset(token)

    def _request_id(self, told: str) -> str:
        if self._believes and _REQUEST_ID.fullmatch(told):
            return told
        return f"{self._start}{next(self._count):06x}"

    def _note(self, scope: Any, status: int, started: float) -> None:
        path = scope["path"]
        if status >= 500 or not path.startswith(QUIET):
            took = round((time.perf_counter() - started) * 1000, 1)
            self._log.debug("request", method=scope["method"], path=path, status=status, took_ms=took)


class _Sending:
    """Adds headers on the way out, and packs a whole body that is worth it."""

    def __init__(self, send: Send, scope: Any, usual: headers.Headers, *, packs: bool) -> None:
        self._send = send
        self._scope = scope
        self._usual = usual
        self._packs = packs
        self._held: Any = None
        self.started = False
        self.status = 0

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.started = True
            self.status = message["status"]
            self._held = message
            self._complete(self._held)
            return
        if message["type"] == "http.response.body" and self._held is not None:
            start, self._held = self._held, None
            if self._packs and not message.get("more_body") and _worth_packing(start, message["body"]):
                message["body"] = gzip.compress(message["body"], compresslevel=3, mtime=0)
                _replace(start, b"content-length", str(len(message["body"])).encode())
                start["headers"].append((b"content-encoding", b"gzip"))
            await self._send(start)
        await self._send(message)

    def _complete(self, start: Any) -> None:
        raw = list(start["headers"])
        present = {name.lower() for name, _ in raw}
        # A guard's word on this request, such as the standing of its key, belongs on success and refusal alike.
        told = self._scope.get("answer_headers", ())
        raw += [pair for pair in (*self._usual, *told) if pair[0] not in present]
        start["headers"] = raw


def _worth_packing(start: Any, body: bytes) -> bool:
    if len(body) < MIN_COMPRESSED:
        return False
    given = {name.lower(): value for name, value in start["headers"]}
    return b"content-encoding" not in given and given.get(b"content-type", b"").startswith(_COMPRESSIBLE)


def _replace(start: Any, name: bytes, value: bytes) -> None:
    start["headers"] = [(key, value if key.lower() == name else old) for key, old in start["headers"]]
