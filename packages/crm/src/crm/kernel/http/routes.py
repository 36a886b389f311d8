"""The vocabulary of the route table: what an entry says, and how it becomes a handler.

One entry gives the path, who may enter, what is read and what is answered; the web application, the OpenAPI
document and the tests of every guard are all made from it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, Literal

import msgspec
from litestar.handlers import HTTPRouteHandler

from crm.kernel.http.answers import Answer
from crm.kernel.http.request import Request

Handler = Callable[[Request], Awaitable[Answer]]
Guard = Callable[[Request], Awaitable[None]]
"""Lets the request pass, having put its actor in the scope, or raises `Unauthenticated` or `Refused`."""

Method = Literal["GET", "POST", "PATCH", "PUT", "DELETE", "OPTIONS"]

KB = 1024
PAGE_BODY = 256 * KB
API_BODY = 256 * KB


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """Who may enter: `name` is shown in documents (`public`, `person`, or a scope such as `leads:read`)."""

    name: str
    check: Guard


class Route(msgspec.Struct, frozen=True, kw_only=True):
    """One entry of the table.

    `takes` is the JSON body's form, `asks` the query string's, `gives` the answer's type (None: no body) with
    `status`; they matter to programs and stay empty for pages. `body_limit` is in bytes.
    """

    method: Method
    path: str
    handler: Handler
    entry: Entry
    summary: str
    surface: Literal["page", "api", "public"]
    takes: type[msgspec.Struct] | None = None
    asks: type[msgspec.Struct] | None = None
    gives: Any = None
    status: int = 200
    tag: str = ""
    matches: bool = False
    """The change needs If-Match."""
    named: bool = False
    """What is sent has a name of its own, by which sending it again changes nothing: no Idempotency-Key is read."""
    body_limit: int = PAGE_BODY


def mount(route: Route) -> HTTPRouteHandler:
    """The entry as a Litestar handler: the guard first, then the room's function."""
    enter = route.entry.check
    handle = route.handler

    async def answer(request: Any) -> Answer:
        await enter(request)
        return await handle(request)

    methods: list[Any] = ["GET", "HEAD"] if route.method == "GET" else [route.method]
    return _Direct(
        route.path,
        http_method=methods,
        status_code=200,  # Each answer names its own; this only keeps Litestar from guessing by method.
        request_max_body_size=route.body_limit,
        name=f"{route.method} {route.path}",
        include_in_schema=False,
        opt={"route": route},
        before_request=answer,
    )(_answered_before)


class _Direct(HTTPRouteHandler):
    """A handler whose function is what Litestar calls a hook before the request, and whose answer is sent as it is.

    Litestar reads a handler's arguments from its signature, and turns what it returns into a response. Ours take the
    request and return the answer, so both steps would only cost time.
    """

    async def to_response(self, app: Any, data: Any, request: Any) -> Any:  # noqa: ARG002 - Litestar's signature
        """The answer itself."""
        return data


async def _answered_before() -> None:
    """Never reached: the hook before it has answered."""
