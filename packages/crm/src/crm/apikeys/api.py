"""What a program may ask about its own key."""

from __future__ import annotations

from starlette.responses import Response

from crm.apikeys.authenticate import key_of
from crm.apikeys.models import Me
from crm.kernel.http import responses
from crm.kernel.http.request import Request


async def show(request: Request) -> Response:
    """Name, scopes and rate of the key the request came with."""
    key = key_of(request)
    rate = request.app_context.config.api_rate
    return responses.json(Me(key.name, key.scopes, rate, key.created_at, key.expires_at))
