"""`GET /metrics`: metrics for Prometheus. Needs METRICS_TOKEN, and is 404 if that is not set."""

from __future__ import annotations

from hmac import compare_digest

from starlette.responses import Response

from crm.kernel import clock, db
from crm.kernel.errors import NotFoundError
from crm.kernel.http.request import Request
from crm.workspace.operations import actions, queries

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"


async def show(request: Request) -> Response:
    """Return all metrics. While the database is unreachable, its metrics are missing and `crm_database_up` is 0."""
    token = request.app_context.config.metrics_token
    if token is None:
        raise NotFoundError("There is nothing at this URL.")
    if not compare_digest(request.headers.get("authorization", "").encode(), f"Bearer {token}".encode()):
        challenge = {"www-authenticate": 'Bearer realm="metrics"', "cache-control": "no-store"}
        return Response("Send METRICS_TOKEN in the header Authorization: Bearer.\n", 401, challenge, CONTENT_TYPE)
    from crm.workspace.operations import prometheus  # noqa: PLC0415 loaded only where metrics are read

    families = [prometheus.collect_process_metrics(request.app_context)]
    try:
        async with request.db.connection() as conn:
            status = await actions.read_status(conn, request.app_context)
            states, heartbeats = await queries.count_by_state(conn), await queries.list_heartbeats(conn)
        families.append(prometheus.collect_system_metrics(status, states, heartbeats, clock.now()))
    except db.UNREACHABLE:
        families.append(prometheus.report_database_down())
    body = prometheus.render(request.app.state.metrics, *families)
    return Response(body, 200, {"cache-control": "no-store"}, CONTENT_TYPE)
