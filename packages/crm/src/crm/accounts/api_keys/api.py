"""The API endpoint that shows the caller's own key."""

from __future__ import annotations

from starlette.responses import Response

from crm.accounts.api_keys.authenticate import get_api_key
from crm.accounts.api_keys.models import Me
from crm.kernel.http import responses
from crm.kernel.http.request import Request


async def show(request: Request) -> Response:
    """Return the name, scopes and rate limit of the caller's key."""
    key = get_api_key(request)
    rate = request.app_context.config.api_rate
    return responses.json(Me(key.name, key.scopes, rate, key.created_at, key.expires_at))
