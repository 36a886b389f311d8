"""The entries of the route table, and the Starlette routes made from them.

An entry states method, path, handler, access policy and, for the API, the types of query, body and response. The
application, the OpenAPI document and the permission tests read the same table.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Iterable
from typing import Any, Literal

import asyncpg
import msgspec
import starlette.routing
from starlette.convertors import IntegerConvertor, register_url_convertor
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from crm.kernel import change_set, db
from crm.kernel.actor import VISITOR
from crm.kernel.change_set import ChangeSet
from crm.kernel.http import responses
from crm.kernel.http.access_policy import AccessPolicy
from crm.kernel.http.request import BODY_LIMIT, Request

Handler = Callable[[Request], Awaitable[Response]]
MAX_ATTEMPTS = 3
"""How often a handler is called, if deadlocks stop it."""
_CONVERTOR = re.compile(r":\w+(?=})")
Method = Literal["GET", "POST", "PATCH", "PUT", "DELETE", "OPTIONS"]


class Route(msgspec.Struct, frozen=True):
    """One entry of the table. From `tag` on, the fields describe API routes; `body_limit` is in bytes."""

    method: Method
    path: str
    handler: Handler
    summary: str
    access: AccessPolicy
    surface: Literal["page", "api", "public"] = "page"
    tag: str = ""
    query: type[msgspec.Struct] | None = None
    body: type[msgspec.Struct] | None = None
    response: Any = None
    status: int = 200
    if_match: bool = False
    """The request must send If-Match."""
    idempotent: bool = False
    """The body names the record, so repeating the request changes nothing and no Idempotency-Key is needed."""
    body_limit: int = BODY_LIMIT
    takes_bytes: bool = False
    """The body is the content of a file, and `query` says what it is."""
    gives_bytes: bool = False
    operation_id: str = ""
    """The name of the operation in OpenAPI; without one, the handler's module and name."""


class Endpoint:
    """The ASGI application of one path. It checks the access policy and calls the handler of the request's method."""

    def __init__(self, path: str, routes: Iterable[Route]) -> None:
        self.path = _CONVERTOR.sub("", path)
        self._routes: dict[str, Route] = {route.method: route for route in routes}
        if "GET" in self._routes:
            self._routes["HEAD"] = self._routes["GET"]
        self._allow = {"allow": ", ".join(sorted({*self._routes, "OPTIONS"}))}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        route = self._routes.get(scope["method"])
        if route is None:
            if scope["method"] != "OPTIONS":
                raise HTTPException(405, headers=self._allow)
            await responses.nothing(self._allow)(scope, receive, send)
            return
        scope["body_limit"], scope["actor"] = route.body_limit, VISITOR
        request = Request(scope, receive, send)
        if scope["query_string"] and route.surface == "page":
            _ = request.asked  # so that a query that cannot be read is refused before anything changes
        if route.access.check is not None:
            await route.access.check(request)
        db.committed.set(False)
        for attempt in range(MAX_ATTEMPTS):
            change_set.current.set(None if route.method == "GET" else ChangeSet(scope))
            try:
                response = await route.handler(request)
                break
            except asyncpg.TransactionRollbackError:
                # A deadlock rolled the transaction back, so nothing happens twice.
                if db.committed.get() or attempt + 1 == MAX_ATTEMPTS:
                    raise
        await response(scope, receive, send)
        change_set.current.set(None)


class _IdConvertor(IntegerConvertor):
    """The id of a record. Python and PostgreSQL refuse much longer numbers."""

    regex = "[0-9]{1,19}"


def mount(table: Iterable[Route]) -> list[starlette.routing.Route]:
    """One Starlette route for each path of the table, in the table's order."""
    register_url_convertor("id", _IdConvertor())
    paths: dict[str, list[Route]] = {}
    for route in table:
        paths.setdefault(route.path, []).append(route)
    return [starlette.routing.Route(path, Endpoint(path, routes), name=path) for path, routes in paths.items()]
