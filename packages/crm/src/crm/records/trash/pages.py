"""The pages of the trash."""

from __future__ import annotations

from typing import Any

import msgspec
from starlette.responses import Response

from crm.kernel import views
from crm.kernel.http import forms
from crm.kernel.http.forms import Draft
from crm.kernel.http.paging import Where
from crm.kernel.http.request import Request
from crm.records.trash import actions, queries
from crm.records.trash.models import RETENTION, TrashEntry

_MODULES = {"lead": "leads", "contact": "contacts", "company": "companies"}
"""The first part of the URL that restores each kind."""


class TrashQuery(msgspec.Struct, frozen=True):
    """The query of the trash list."""

    cursor: str = ""


async def list_all(request: Request) -> Response:
    """List the trash."""
    query = forms.parse_query(request, TrashQuery)
    async with request.db.connection() as conn:
        page = await queries.LISTING.page(conn, Where(), cursor=query.cursor)
    return views.page(request, "trash/list.html", page=page, days=RETENTION.days)


async def show(request: Request) -> Response:
    """Show one deleted record."""
    async with request.db.connection() as conn:
        record = await actions.get(conn, request.id)
    return render(request, record, Draft({}))


def render(request: Request, record: TrashEntry, draft: Draft[Any]) -> Response:
    """The page of a deleted record, with the form that deletes it permanently."""
    return views.page(
        request, "trash/show.html", draft=draft, record=record, module=_MODULES[record.kind],
        ends=record.at + RETENTION,
    )  # fmt: skip
