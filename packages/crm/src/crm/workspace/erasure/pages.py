"""The form that deletes a record permanently."""

from __future__ import annotations

import msgspec
from starlette.responses import Response

from crm.kernel import views
from crm.kernel.http import forms
from crm.kernel.http.request import Request
from crm.records import trash
from crm.workspace.erasure import actions


class DeletePermanently(msgspec.Struct, frozen=True):
    """The name of the record, which confirms it."""

    name: str = ""


async def delete_permanently(request: Request) -> Response:
    """Delete a record permanently if its name was typed."""
    draft = await forms.draft(request, DeletePermanently)
    async with request.db.transaction() as conn:
        record = await trash.get(conn, request.id)
        with draft.collect_errors():
            await actions.delete_permanently(conn, record.id, draft.form.name if draft.form else "", by=request.actor)
    if draft.errors:
        return trash.render(request, record, draft)
    return views.redirect_with_toast("/trash", f"{record.name} deleted permanently.")
