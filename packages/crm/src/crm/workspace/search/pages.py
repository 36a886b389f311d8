"""The search page."""

from __future__ import annotations

from urllib.parse import urlencode

from starlette.responses import Response

from crm.kernel import views
from crm.kernel.http import forms
from crm.kernel.http.request import Request
from crm.workspace.search import actions
from crm.workspace.search.forms import SearchPageForm
from crm.workspace.search.models import KINDS, SearchResult

SHOWN = 8
"""How many matches of each kind the page shows. The lists show the others."""


async def show(request: Request) -> Response:
    """The best matches of every kind."""
    query = forms.parse_query(request, SearchPageForm).q.strip()
    result = SearchResult([])
    if query:
        async with request.db.connection() as conn:
            result = await actions.search(conn, query, kinds=KINDS, limit=SHOWN)
    return views.page(
        request, "search/results.html", query=query, groups=result.groups, all_matches=urlencode({"q": query})
    )
