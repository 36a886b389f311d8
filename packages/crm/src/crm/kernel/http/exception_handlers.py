"""Turns every error into a response: problem details for the API, a page for people."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any
from urllib.parse import quote

import asyncpg
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, HTTPConnection
from starlette.responses import Response
from starlette.types import Scope

from crm.kernel import db, errors, log, views
from crm.kernel.errors import AppError
from crm.kernel.http import origin, responses
from crm.kernel.http.request import Request

_log = log.get("errors")


async def handle_app_error(connection: HTTPConnection, error: AppError) -> Response:
    return error_response(Request(connection.scope), error)


async def handle_http_exception(connection: HTTPConnection, exception: HTTPException) -> Response:
    """No such route, or not this method. People who are signed in see it inside the layout of their pages."""
    request = Request(connection.scope)
    if not request.scope["path"].startswith("/api/"):
        with suppress(AppError, asyncpg.PostgresError, *db.UNREACHABLE):
            await request.app.state.authenticate(request)
    headers = {name.lower(): value for name, value in (exception.headers or {}).items()}
    if exception.status_code == errors.MethodNotAllowedError.status:
        return error_response(
            request, errors.MethodNotAllowedError("This URL does not accept that method.", headers=headers)
        )
    return error_response(request, errors.NotFoundError("There is nothing at this URL."))


async def handle_disconnect(_: HTTPConnection, __: ClientDisconnect) -> Response:
    """The client went away while it sent the body, so nobody reads this response."""
    return Response(status_code=400)


def unexpected_error(scope: Scope) -> Response:
    """The response to a bug, without any detail. The middleware calls this, because Starlette would log it twice."""
    detail = "This is our fault, and we have logged it. Try again, or send us the request ID."
    return error_response(Request(scope), AppError(detail))


def error_response(request: Request, error: AppError) -> Response:
    path = request.scope["path"]
    if path.startswith("/api/"):
        if path == "/api/leads":
            error.headers = {**origin.cors(request), **error.headers}
        return responses.problem(error, request.request_id)
    if isinstance(error, errors.UnauthenticatedError):
        return _to_sign_in(request, path, error)
    # A whole page inside a page is no answer. The script shows the message in a toast.
    headers = {**error.headers, **({"hx-reswap": "none"} if request.swaps else {})}
    return views.page(
        request, "error.html", status=error.status, headers=headers, error=error, request_id=request.request_id
    )


def _to_sign_in(request: Request, path: str, error: AppError) -> Response:
    query = request.scope["query_string"].decode("ascii", "replace")
    target = quote(path + (f"?{query}" if query else ""), safe="")
    if request.method in origin.SAFE:
        ended = "&ended=true" if isinstance(error, errors.SessionEndedError) else ""
        target = "" if target == "%2F" and not ended else f"?next={target}{ended}"
        # htmx would follow a 303 and swap the sign-in page into a fragment.
        location = f"/sign-in{target}"
        return responses.nothing({"hx-redirect": location}) if request.swaps else responses.see_other(location)
    if request.headers.get("content-length", "0") == "0":
        return responses.see_other("/sign-in?ended=true")
    if request.swaps:
        kept = errors.SessionEndedError(
            "Your session has ended. Sign in in another tab, then try again. What you typed is still here."
        )
        return views.page(request, "error.html", status=401, error=kept, request_id=request.request_id)
    # The browser sends the form there as it is, and the sign-in page keeps it (RFC 9110, section 15.4.8).
    return Response(None, 307, {"location": f"/sign-in/again?to={target}"})


HANDLERS: dict[Any, Callable[[Any, Any], Awaitable[Response]]] = {
    ClientDisconnect: handle_disconnect,
    HTTPException: handle_http_exception,
    AppError: handle_app_error,
}
