"""The pages of the trash."""

from __future__ import annotations

import msgspec
from starlette.responses import Response

from crm.kernel import views
from crm.kernel.errors import ValidationError
from crm.kernel.http import forms
from crm.kernel.http.forms import Draft
from crm.kernel.http.request import Request
from crm.records.trash import actions
from crm.records.trash.models import RETENTION, DeletePermanently, TrashEntry

_MODULES = {"lead": "leads", "contact": "contacts", "company": "companies"}
"""The first part of the URL that restores each kind."""


class TrashQuery(msgspec.Struct, frozen=True):
    """The query of the trash list."""

    cursor: str = ""


async def list_all(request: Request) -> Response:
    """List the trash."""
    query = forms.parse_query(request, TrashQuery)
    async with request.db.connection() as conn:
        page = await actions.list_deleted(conn, query.cursor)
    return views.page(request, "trash/list.html", page=page, days=RETENTION.days)


async def show(request: Request) -> Response:
    """Show one deleted record."""
    async with request.db.connection() as conn:
        record = await actions.get(conn, request.id)
    return _render(request, record, Draft({}, {}, None))


async def delete_permanently(request: Request) -> Response:
    """Delete a record permanently if its name was typed."""
    draft = await forms.draft(request, DeletePermanently)
    async with request.db.transaction() as conn:
        record = await actions.get(conn, request.id)
        try:
            await actions.delete_permanently(conn, record.id, draft.form.name if draft.form else "", by=request.actor)
        except ValidationError as error:
            draft.add_errors(error)
            return _render(request, record, draft, status=422)
    return views.redirect_with_toast("/trash", f"{record.name} deleted permanently.")


def _render(request: Request, record: TrashEntry, draft: Draft[DeletePermanently], status: int = 200) -> Response:
    return views.page(
        request, "trash/show.html", status=status, record=record, module=_MODULES[record.kind],
        ends=record.at + RETENTION, values=draft.values, errors=draft.errors,
    )  # fmt: skip
