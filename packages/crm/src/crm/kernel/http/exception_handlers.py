"""Turns every error into a response: problem details for the API, a page for people."""

from __future__ import annotations

import logging
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


async def handle_database_error(connection: HTTPConnection, exception: Exception) -> Response:
    """The database is unreachable, busy or read-only, or refuses what no form refused."""
    error: AppError
    name = getattr(exception, "constraint_name", "") or type(exception).__name__
    if isinstance(exception, asyncpg.DataError | asyncpg.ProgramLimitExceededError):
        error = errors.BadRequestError("A value is out of range, too long, or holds characters that cannot be stored.")
    elif isinstance(exception, asyncpg.IntegrityConstraintViolationError):
        error = errors.ConflictError("Someone changed something this depends on. Reload and try again.")
    else:
        reason, seconds = next(row[1:] for row in _TEMPORARY if isinstance(exception, row[0]))
        detail = f"{reason} {_UNKNOWN if isinstance(exception, db.CommitError) else _UNCHANGED}"
        error = errors.ServiceUnavailableError(detail, headers={"retry-after": str(seconds)})
    is_severe = error.status == errors.ServiceUnavailableError.status
    _log.log(logging.ERROR if is_severe else logging.WARNING, "database_error", fault=name)
    return error_response(Request(connection.scope), error)


_UNCHANGED = "Nothing was changed. Try again in a moment."
_UNKNOWN = "Look whether your change was saved before you send it again."
_BUSY = "Somebody else is changing the same data right now."
_TEMPORARY = (
    (asyncpg.LockNotAvailableError, _BUSY, 2),
    (asyncpg.TransactionRollbackError, _BUSY, 1),
    (asyncpg.ReadOnlySQLTransactionError, "The database accepts no changes right now.", 30),
    (asyncpg.DiskFullError, "The database has no space left.", 60),
    (asyncpg.InsufficientResourcesError, "The database has too much to do right now.", 10),
    (asyncpg.QueryCanceledError, "The database took too long.", 5),
    (db.TEMPORARY, "The database cannot be reached right now.", 5),
)
"""What a temporary error of the database means for people, and after how many seconds to try again."""


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
    return views.page(
        request, "error.html", status=error.status, headers={**error.headers}, error=error,
        request_id=request.request_id,
    )  # fmt: skip


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
    return Response(None, 307, {"location": f"/sign-in?to={target}"})


HANDLERS: dict[Any, Callable[[Any, Any], Awaitable[Response]]] = {
    **dict.fromkeys(
        (
            *db.TEMPORARY,
            asyncpg.DataError,
            asyncpg.IntegrityConstraintViolationError,
            asyncpg.ProgramLimitExceededError,
        ),
        handle_database_error,
    ),
    ClientDisconnect: handle_disconnect,
    HTTPException: handle_http_exception,
    AppError: handle_app_error,
}
