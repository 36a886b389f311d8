"""The search in the API. A key finds only the kinds of records that it may read."""

from __future__ import annotations

from starlette.responses import Response

from crm.accounts import api_keys
from crm.kernel.errors import ForbiddenError
from crm.kernel.http import forms, responses
from crm.kernel.http.request import Request
from crm.workspace.search import actions
from crm.workspace.search.forms import SearchForm
from crm.workspace.search.models import KINDS


async def search(request: Request) -> Response:
    """The best matches of each kind that the key may read."""
    form = forms.parse_query(request, SearchForm, strict=True)
    scopes = api_keys.get_api_key(request).scopes
    missing = [f"{kind}:read" for kind in form.kinds or KINDS if f"{kind}:read" not in scopes]
    if form.kinds and missing:
        raise ForbiddenError(
            f"This key lacks the scope {' and '.join(missing)}. Leave these kinds out, or create a key that may read "
            "them under Settings, API keys."
        )
    kinds = [kind for kind in KINDS if f"{kind}:read" not in missing and (not form.kinds or kind in form.kinds)]
    if not kinds:
        raise ForbiddenError(
            f"Searching needs at least one of the scopes {', '.join(missing)}. Create a key that has one under "
            "Settings, API keys."
        )
    async with request.db.connection() as conn:
        result = await actions.search(conn, form.q, kinds=kinds, limit=form.limit)
    return responses.json(result)
