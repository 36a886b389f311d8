"""The trash: what was deleted, with the way back and the way to the end."""

from __future__ import annotations

import msgspec
from starlette.responses import Response

from crm.kernel import views
from crm.kernel.errors import ValidationError
from crm.kernel.http import forms
from crm.kernel.http.forms import Draft
from crm.kernel.http.request import Request
from crm.trash import actions
from crm.trash.models import KEPT, Forget, Trashed

_ROOMS = {"lead": "leads", "contact": "contacts", "company": "companies"}
"""Under which address each kind is restored."""


class TrashAsk(msgspec.Struct, frozen=True):
    """From which place on."""

    cursor: str = ""


async def list_all(request: Request) -> Response:
    """What was deleted lately."""
    ask = forms.parse_query(request, TrashAsk)
    async with request.db.connection() as conn:
        page = await actions.list_deleted(conn, ask.cursor)
    return views.page(request, "trash/list.html", page=page, days=KEPT.days)


async def show(request: Request) -> Response:
    """One deleted record."""
    async with request.db.connection() as conn:
        found = await actions.get(conn, request.id)
    return _entry(request, found, Draft({}, {}, None))


async def forget(request: Request) -> Response:
    """End it for good, once its name was typed."""
    draft = await forms.draft(request, Forget)
    async with request.db.transaction() as conn:
        found = await actions.get(conn, request.id)
        try:
            await actions.forget(conn, found.id, draft.form.name if draft.form else "")
        except ValidationError as trouble:
            for fault in trouble.faults:
                draft.blame(fault.field, fault.message)
            return _entry(request, found, draft, status=422)
    return views.redirect_with_toast("/trash", f"{found.name} is gone for good.")


def _entry(request: Request, found: Trashed, draft: Draft[Forget], status: int = 200) -> Response:
    return views.page(
        request, "trash/show.html", status=status, found=found, room=_ROOMS[found.kind], ends=found.at + KEPT,
        values=draft.values, faults=draft.faults,
    )  # fmt: skip
