"""The outermost layer: request ids, fixed headers, compression, a log line for each request, and unexpected errors."""

from __future__ import annotations

import itertools
import re
import secrets
import time

import structlog
from starlette.middleware.gzip import GZipMiddleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from crm.config import Config
from crm.kernel import log
from crm.kernel.http import exception_handlers, headers

QUIET = ("/api/v1/health", "/api/v1/live", "/static/")
"""Paths whose requests are only logged if they fail."""
_REQUEST_ID = re.compile(rb"[A-Za-z0-9_.-]{8,64}")
_log = log.get("http")


class AppMiddleware:
    """Adds `scope["response_headers"]`, such as the rate limit of an API key, to every response, errors included."""

    def __init__(self, app: ASGIApp, config: Config) -> None:
        self._app = app
        self._gzip = GZipMiddleware(app, minimum_size=1000, compresslevel=3)
        self._page_headers = headers.for_pages(config)
        self._api_headers = headers.for_api(config)
        # Only our own proxy may name a request; anyone could write into the log otherwise.
        self._trusts_proxy = config.trusted_proxies > 0
        self._prefix = secrets.token_hex(5)
        self._count = itertools.count(1)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        scope["path"] = path = scope["path"].rstrip("/") or "/"
        received = dict(scope["headers"])
        named = received.get(b"x-railway-request-id", b"")
        is_named = self._trusts_proxy and _REQUEST_ID.fullmatch(named)
        # Ids are distinct, not secret: a random prefix and a counter need no system call.
        request_id = named.decode() if is_named else f"{self._prefix}{next(self._count):06x}"
        scope["request_id"] = request_id
        fixed = self._api_headers if path.startswith("/api/") else self._page_headers
        status = 0

        async def send_with_headers(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                present = {name for name, _ in message["headers"]}
                added = ((b"x-request-id", request_id.encode()), *fixed, *scope.get("response_headers", ()))
                message["headers"] = [*message["headers"], *(pair for pair in added if pair[0] not in present)]
            await send(message)

        # The middleware of Starlette costs time even where the client does not accept gzip.
        app = self._gzip if b"gzip" in received.get(b"accept-encoding", b"") else self._app
        started = time.perf_counter()
        tokens = structlog.contextvars.bind_contextvars(request_id=request_id)
        try:
            await app(scope, receive, send_with_headers)
        except Exception:
            _log.exception("unhandled", method=scope["method"], path=path)
            if not status:
                response = exception_handlers.unexpected_error(scope)
                await response(scope, receive, send_with_headers)
        finally:
            if status >= 500 or not path.startswith(QUIET):
                took = round((time.perf_counter() - started) * 1000, 1)
                _log.debug("request", method=scope["method"], path=path, status=status, took_ms=took)
            structlog.contextvars.reset_contextvars(**tokens)
