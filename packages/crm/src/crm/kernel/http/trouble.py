"""One place where trouble becomes an answer: problem details for programs, a page for people."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any
from urllib.parse import quote

import asyncpg
from litestar.exceptions import HTTPException
from litestar.types import Receive, Scope, Send

from crm.kernel import db, errors, log, views
from crm.kernel.errors import Trouble
from crm.kernel.http import answers, origin
from crm.kernel.http.answers import Answer
from crm.kernel.http.request import Request

_log = log.get("trouble")
_BY_STATUS: dict[int, type[Trouble]] = {
    kind.status: kind
    for kind in (
        errors.Malformed, errors.Unauthenticated, errors.Refused, errors.NotFound, errors.NotAllowed,
        errors.TooLarge, errors.Unsupported, errors.TooMany,
    )
}  # fmt: skip
_DETAIL = {
    404: "There is nothing at this address.",
    405: "This address does not take that method.",
    413: "The body is larger than this address takes.",
}


def on_trouble(request: Request, trouble: Trouble) -> Answer:
    """The answer to expected trouble."""
    if request.scope["path"].startswith("/api/"):
        if request.scope["path"] == "/api/leads":
            trouble.headers = {**origin.cors(request), **trouble.headers}
        return answers.problem(trouble, request.request_id)
    if isinstance(trouble, errors.Unauthenticated):
        return _to_sign_in(request)
    return views.page(
        request, "trouble.html", status=trouble.status, headers={**trouble.headers}, trouble=trouble,
        request_id=request.request_id,
    )  # fmt: skip


def _to_sign_in(request: Request) -> Answer:
    path = request.scope["path"]
    query = request.scope["query_string"].decode("ascii", "replace")
    back = path + (f"?{query}" if query else "") if request.method == "GET" else "/"
    target = "/sign-in" if back == "/" else f"/sign-in?next={quote(back, safe='')}"
    if request.swaps:
        # htmx would follow a 303 and swap the sign-in page into a fragment.
        return answers.nothing({"hx-redirect": target})
    return answers.see_other(target)


def on_http(request: Request, fault: HTTPException) -> Answer | _Recognized:
    """Litestar's own refusals (no route, wrong method, body too large) in our words."""
    kind = _BY_STATUS.get(fault.status_code, errors.Malformed if fault.status_code < 500 else Trouble)
    headers = {name.lower(): value for name, value in (fault.headers or {}).items()}
    trouble = kind(_DETAIL.get(fault.status_code, kind.title), headers=headers)
    guarded = "frame" in request.scope or request.scope["path"].startswith("/api/")
    return on_trouble(request, trouble) if guarded else _Recognized(request, trouble)


def on_away(request: Request, fault: Exception) -> Answer:
    """The database cannot be reached: nothing was done, and trying again is right."""
    _log.error("database_away", fault=type(fault).__name__)
    detail = "The database cannot be reached right now. Nothing was changed; try again in a moment."
    return on_trouble(request, errors.Away(detail, headers={"retry-after": "5"}))


def on_bad_value(request: Request, fault: Exception) -> Answer:
    """A value that no column can hold and no form refused: the caller's mistake, and a rule we lack."""
    _log.warning("unstorable_value", fault=type(fault).__name__)
    return on_trouble(request, errors.Malformed("A value is out of range or holds characters that cannot be stored."))


def on_clash(request: Request, fault: asyncpg.IntegrityConstraintViolationError) -> Answer:
    """A constraint said no where no form did, as when two people create the same thing at once."""
    _log.warning("constraint", name=fault.constraint_name)
    return on_trouble(request, errors.Conflict("Somebody changed something this depends on. Reload and try again."))


def on_bug(request: Request, fault: Exception) -> Answer:
    """Anything else is a bug: loud in the log, told plainly and without detail to the caller."""
    _log.error("unhandled", path=request.scope["path"], exc_info=fault)
    return on_trouble(request, Trouble("This is our fault. It has been logged; try again, or tell us the request id."))


class _Recognized:
    """Trouble that came before any guard, such as an address that leads nowhere.

    Whoever has signed in is shown it inside their own pages. Who that is, only a query can tell, so this answers late.
    """

    def __init__(self, request: Request, trouble: Trouble) -> None:
        self._request = request
        self._trouble = trouble

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        with suppress(Trouble, asyncpg.PostgresError, *db.UNREACHABLE):
            await self._request.app.state.recognize(self._request)
        await on_trouble(self._request, self._trouble)(scope, receive, send)


class _Ready:
    """An answer in the shape the framework asks of exception handlers: something that becomes one."""

    def __init__(self, answer: Answer | _Recognized) -> None:
        self._answer = answer

    def to_asgi_response(self, **_: Any) -> Answer | _Recognized:
        return self._answer


def _ready(handle: Callable[[Request, Any], Answer | _Recognized]) -> Callable[[Request, Any], _Ready]:
    return lambda request, fault: _Ready(handle(request, fault))


def handlers() -> dict[int | type[Exception], Any]:
    """Which kind of trouble goes where."""
    kinds: dict[type[Exception], Callable[[Request, Any], Answer | _Recognized]] = {
        Exception: on_bug,
        **dict.fromkeys(db.UNREACHABLE, on_away),
        asyncpg.DataError: on_bad_value,
        asyncpg.IntegrityConstraintViolationError: on_clash,
        asyncpg.QueryCanceledError: on_away,
        HTTPException: on_http,
        Trouble: on_trouble,
    }
    return {kind: _ready(handle) for kind, handle in kinds.items()}
