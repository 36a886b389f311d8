"""Turns the errors of the database into responses that say what to do, and logs them."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from typing import Any

import asyncpg
from starlette.requests import HTTPConnection
from starlette.responses import Response

from crm.kernel import db, errors, log
from crm.kernel.errors import AppError
from crm.kernel.http.exception_handlers import error_response
from crm.kernel.http.request import Request

_log = log.get("errors")


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
    _log.log(logging.ERROR if is_severe else logging.WARNING, "database_error", error=name)
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

DATABASE_HANDLERS: dict[Any, Callable[[Any, Any], Awaitable[Response]]] = dict.fromkeys(
    (*db.TEMPORARY, asyncpg.DataError, asyncpg.IntegrityConstraintViolationError, asyncpg.ProgramLimitExceededError),
    handle_database_error,
)
