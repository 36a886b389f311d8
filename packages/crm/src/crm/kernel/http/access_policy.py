"""Who may call a route."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import msgspec

from crm.kernel.http import origin
from crm.kernel.http.request import Request


class AccessPolicy(msgspec.Struct, frozen=True):
    """`name` appears in the API docs: `public`, `person`, or a scope such as `leads:read`.

    `check` sets the actor, or raises `UnauthenticatedError` or `ForbiddenError`. Without one, anybody may call.
    """

    name: str
    check: Callable[[Request], Awaitable[None]] | None = None


async def _allow_same_origin(request: Request) -> None:
    origin.same_origin(request)


public = AccessPolicy("public")
"""Anyone, from any site: health, API docs, and the public form, which checks the origin itself."""

visitor = AccessPolicy("public", _allow_same_origin)
"""Anyone, but only our own pages may send changes: the sign-in form."""
