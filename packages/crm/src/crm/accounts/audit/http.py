"""Records requests that another site sent."""

from __future__ import annotations

from contextlib import suppress

import asyncpg
from starlette.requests import HTTPConnection
from starlette.responses import Response

from crm.accounts.audit.actions import record_refusal
from crm.accounts.audit.models import AuditAction, Target
from crm.kernel import db
from crm.kernel.actor import VISITOR
from crm.kernel.errors import OriginError
from crm.kernel.http import exception_handlers
from crm.kernel.http.request import Request


async def handle_refused_origin(connection: HTTPConnection, error: OriginError) -> Response:
    """Record the request, and answer as for any other error."""
    request = Request(connection.scope)
    await record_refused_origin(request)
    return exception_handlers.error_response(request, error)


async def record_refused_origin(request: Request) -> None:
    """Record a request from another site, unless the database is unreachable. It is refused in any case."""
    by = VISITOR.at(request.address)
    with suppress(asyncpg.PostgresError, *db.UNREACHABLE):
        async with request.db.transaction() as conn:
            origin = request.headers.get("origin") or "No origin"
            target = Target("origin", None, f"{origin} to {request.scope['path']}")
            await record_refusal(conn, AuditAction.ORIGIN_REFUSED, by=by, target=target)
