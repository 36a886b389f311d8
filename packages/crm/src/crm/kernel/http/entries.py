"""Who may enter without signing in."""

from __future__ import annotations

from crm.kernel.actor import VISITOR
from crm.kernel.http import origin
from crm.kernel.http.request import Request
from crm.kernel.http.routes import Entry


async def _let_in(request: Request) -> None:
    request.scope["actor"] = VISITOR  # type: ignore[typeddict-unknown-key]


async def _let_in_from_here(request: Request) -> None:
    origin.same_origin(request)
    request.scope["actor"] = VISITOR  # type: ignore[typeddict-unknown-key]


public = Entry(name="public", check=_let_in)
"""Anybody, from anywhere: health, documents, the enquiry form (which checks the origin itself)."""

visitor = Entry(name="public", check=_let_in_from_here)
"""Anybody, but changes only from our own pages: the sign-in form."""
