"""The API endpoint of users."""

from __future__ import annotations

from starlette.responses import Response

from crm.accounts.users import actions
from crm.accounts.users.forms import UserFilter
from crm.kernel.http import forms, responses
from crm.kernel.http.request import Request


async def list_all(request: Request) -> Response:
    """Users, by name."""
    filters = forms.parse_query(request, UserFilter, strict=True)
    async with request.db.connection() as conn:
        return responses.json(await actions.list_users(conn, filters))
