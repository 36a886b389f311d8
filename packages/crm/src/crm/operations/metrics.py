"""`GET /metrics`: figures for Prometheus, for whoever shows the token; there is no such page where none is set."""

from __future__ import annotations

from hmac import compare_digest

from starlette.responses import Response

from crm.kernel import clock, db
from crm.kernel.errors import NotFoundError
from crm.kernel.http.request import Request
from crm.operations import actions, queries

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"


async def show(request: Request) -> Response:
    """Every figure; those of the database are left out, and `crm_database_up` is 0, while it is away."""
    token = request.app_context.config.metrics_token
    if token is None:
        raise NotFoundError("There is nothing at this address.")
    if not compare_digest(request.headers.get("authorization", "").encode(), f"Bearer {token}".encode()):
        challenge = {"www-authenticate": 'Bearer realm="metrics"', "cache-control": "no-store"}
        return Response("Send METRICS_TOKEN in the header Authorization: Bearer.\n", 401, challenge, CONTENT_TYPE)
    from crm.operations import prometheus  # noqa: PLC0415 loaded only where figures are read

    told = [prometheus.of_process(request.app_context)]
    try:
        async with request.db.connection() as conn:
            condition = await actions.condition(conn, request.app_context)
            kept, signs = await queries.count_by_state(conn), await queries.signs(conn)
        told.append(prometheus.of_service(condition, kept, signs, clock.now()))
    except db.UNREACHABLE:
        told.append(prometheus.of_nothing())
    body = prometheus.text(request.app.state.metrics, *told)
    return Response(body, 200, {"cache-control": "no-store"}, CONTENT_TYPE)
