"""The choices of the form for the build of the site, which needs no key."""

from __future__ import annotations

from starlette.responses import Response

from crm.accounts import form_choices
from crm.kernel.http import responses
from crm.kernel.http.request import Request


async def show(request: Request) -> Response:
    """What a new form offers."""
    async with request.db.connection() as conn:
        known = await form_choices.read(conn)
    return responses.json(known.take_snapshot())
