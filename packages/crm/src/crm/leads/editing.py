"""Changing, deleting and restoring a lead as a whole."""

from __future__ import annotations

from starlette.responses import Response

from crm import auth
from crm.kernel import edit_conflicts, views
from crm.kernel.errors import PreconditionFailedError, ValidationError
from crm.kernel.http import forms
from crm.kernel.http.forms import Draft
from crm.kernel.http.request import ANY_VERSION, Request
from crm.leads import actions, deletion, edits
from crm.leads.models import Lead
from crm.leads.pages import choices


async def edit(request: Request) -> Response:
    """The form with all fields."""
    async with request.db.connection() as conn:
        lead = await actions.get(conn, request.id)
    return await _form(request, lead, Draft({**edits.texts_of(lead), "version": lead.version}, {}, None))


async def change(request: Request) -> Response:
    """Save the form; where somebody else was quicker, show both."""
    draft = await forms.draft(request, edits.EditLead)
    try:
        async with request.db.transaction() as conn:
            lead = await actions.lock(conn, request.id, draft.form.version if draft.form else ANY_VERSION)
            if draft.form is not None:
                await actions.change(conn, lead, draft.form.change(), by=request.actor)
                return views.redirect_with_toast(f"/leads/{lead.id}", "Saved.")
    except PreconditionFailedError:
        return await _clash(request, draft)
    except ValidationError as trouble:
        for fault in trouble.faults:
            draft.blame(fault.field, fault.message)
    return await _form(request, lead, draft, status=422)


async def remove(request: Request) -> Response:
    """Delete the lead and its timeline; the toast that follows offers to bring them back."""
    async with request.db.transaction() as conn:
        lead = await actions.lock(conn, request.id, ANY_VERSION)
        await deletion.remove(conn, lead, by=request.actor)
    return views.redirect_with_toast("/leads", f"Deleted the lead of {lead.name}.", undo=f"/leads/{lead.id}/restore")


async def restore(request: Request) -> Response:
    """Bring a deleted lead back."""
    async with request.db.transaction() as conn:
        lead = await deletion.restore(conn, request.id, by=request.actor)
    return views.redirect_with_toast(f"/leads/{lead.id}", f"The lead of {lead.name} is back.")


async def _form(request: Request, lead: Lead, draft: Draft[edits.EditLead], status: int = 200) -> Response:
    people = await _people(request)
    return views.page(
        request, "leads/edit.html", status=status, lead=lead, values=draft.values, faults=draft.faults,
        people=people, choices=choices(), labels=edits.LABELS,
    )  # fmt: skip


async def _clash(request: Request, draft: Draft[edits.EditLead]) -> Response:
    async with request.db.connection() as conn:
        lead = await actions.get(conn, request.id)
    words = {name: dict(pairs) for name, pairs in choices().items()}
    words["owner_id"] = {str(number): name for number, name in await _people(request)}
    return edit_conflicts.page(
        request, what=f"the lead of {lead.name}", action=f"/leads/{lead.id}", back=f"/leads/{lead.id}",
        version=lead.version, yours=draft.values, current=edits.texts_of(lead), labels=edits.LABELS, words=words,
    )  # fmt: skip


async def _people(request: Request) -> list[tuple[int, str]]:
    async with request.db.connection() as conn:
        return [(person.id, person.name) for person in await auth.list_users(conn)]
