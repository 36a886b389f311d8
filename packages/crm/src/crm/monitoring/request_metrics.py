"""Counts and times requests for Prometheus. Only loaded if METRICS_TOKEN is set, since it costs memory and time."""

from __future__ import annotations

import time

import prometheus_client
from prometheus_client import CollectorRegistry, Gauge, Histogram
from starlette.types import ASGIApp, Message, Receive, Scope, Send

BUCKETS = (0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0)
"""Seconds. The goal of 200 ms is a bound, so the share of requests within it is exact."""
METHODS = frozenset({"GET", "HEAD", "POST", "PATCH", "PUT", "DELETE", "OPTIONS"})


class MetricsMiddleware:
    """Records each request in the registry, by route, method and class of status."""

    def __init__(self, app: ASGIApp, registry: CollectorRegistry) -> None:
        prometheus_client.disable_created_metrics()  # type: ignore[no-untyped-call]
        self._app = app
        self._durations = Histogram(
            "crm_http_request_duration_seconds", "Time from the first byte of a request to the last of its answer.",
            ("route", "method", "status"), buckets=BUCKETS, registry=registry,
        )  # fmt: skip
        self._in_flight = Gauge("crm_http_requests_in_flight", "Requests in hand.", registry=registry)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        status = 500

        async def note_status(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        started = time.perf_counter()
        with self._in_flight.track_inprogress():
            try:
                await self._app(scope, receive, note_status)
            finally:
                # Paths and methods that do not exist count as one, so that clients cannot create new series.
                method = scope["method"] if scope["method"] in METHODS else "other"
                route = getattr(scope.get("endpoint"), "path", "none")
                self._durations.labels(route, method, f"{status // 100}xx").observe(time.perf_counter() - started)
