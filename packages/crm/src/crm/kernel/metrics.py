"""The shell of a service whose figures are read: it notes how long each request took, by route and outcome.

Only made where METRICS_TOKEN is set, so that nobody else pays for it, in memory or in time.
"""

from __future__ import annotations

import time
from typing import Any

import prometheus_client
from litestar import Litestar
from litestar.enums import ScopeType
from litestar.types import Message, Receive, Send
from prometheus_client import CollectorRegistry, Gauge, Histogram

from crm.config import Config
from crm.kernel.http.shell import Shell

BUCKETS = (0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0)
"""Seconds; the goal of 200 ms is an edge, so that the share within it is exact."""
METHODS = frozenset({"GET", "HEAD", "POST", "PATCH", "PUT", "DELETE", "OPTIONS"})


class Measured(Shell):
    """`state.metrics` of the application is the registry that holds the figures."""

    def __init__(self, app: Litestar, config: Config) -> None:
        super().__init__(app, config)
        prometheus_client.disable_created_metrics()  # type: ignore[no-untyped-call]
        registry = CollectorRegistry(auto_describe=False)
        self._took = Histogram(
            "crm_http_request_duration_seconds",
            "Time from the first byte of a request to the last of its answer.",
            ("route", "method", "status"),
            buckets=BUCKETS,
            registry=registry,
        )
        self._in_flight = Gauge("crm_http_requests_in_flight", "Requests in hand.", registry=registry)
        self._known: dict[tuple[str, str, int], Histogram] = {}
        app.state.metrics = registry

    async def __call__(self, scope: Any, receive: Receive, send: Send) -> None:
        if scope["type"] != ScopeType.HTTP:
            await super().__call__(scope, receive, send)
            return
        status = 500

        async def noting(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        self._in_flight.inc()
        began = time.perf_counter()
        try:
            await super().__call__(scope, receive, noting)
        finally:
            took = time.perf_counter() - began
            self._in_flight.dec()
            self._of(scope, status).observe(took)

    def _of(self, scope: Any, status: int) -> Histogram:
        """The histogram of this route. What matched none counts as one, so that strangers cannot make up names."""
        method = scope["method"] if scope["method"] in METHODS else "other"
        key = (scope.get("path_template") or "none", method, status // 100)
        found = self._known.get(key)
        if found is None:
            found = self._known[key] = self._took.labels(key[0], key[1], f"{key[2]}xx")
        return found
