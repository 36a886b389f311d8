"""One person on their page: what is known, their company, their leads, their timeline."""

from __future__ import annotations

import msgspec
from starlette.responses import Response

from crm import activities, companies
from crm.contacts import actions, deletion, edits
from crm.contacts.models import Contact
from crm.kernel import clock, edit_conflicts, views
from crm.kernel.db import Connection
from crm.kernel.errors import ConflictError, PreconditionFailedError, ValidationError
from crm.kernel.http import forms
from crm.kernel.http.forms import Draft
from crm.kernel.http.request import ANY_VERSION, Request

LINES = 50
LISTED = 20


class Earlier(msgspec.Struct, frozen=True):
    """Below which line the timeline goes on."""

    before: int | None = None


async def show(request: Request) -> Response:
    """The record; for htmx only what is inside the frame."""
    zone = views.layout_context(request).time_zone
    ask = forms.parse_query(request, Earlier)
    async with request.db.connection() as conn:
        contact = await actions.get(conn, request.id)
        below = await activities.get(conn, ask.before) if ask.before else None
        lines = await activities.timeline(conn, contact_id=contact.id, limit=LINES + 1, before=below)
        company = await companies.get(conn, contact.company_id) if contact.company_id else None
        leads = await companies.leads_of(conn, "contact_id", contact.id, LISTED)
    return views.page(
        request, "contacts/show.html", block="record", contact=contact, company=company, leads=leads, listed=LISTED,
        days=activities.by_day(lines[:LINES], zone), newest=lines[0].id if lines else 0, today=clock.today(zone),
        earlier=f"/contacts/{contact.id}?before={lines[LINES - 1].id}" if len(lines) > LINES else "",
    )  # fmt: skip


async def edit(request: Request) -> Response:
    """The form with all fields."""
    async with request.db.connection() as conn:
        contact = await actions.get(conn, request.id)
        values = await _values(conn, contact)
    return _form(request, contact, Draft(values, {}, None))


async def change(request: Request) -> Response:
    """Save the form; where somebody else was quicker, show both."""
    draft = await forms.draft(request, edits.EditContact)
    try:
        async with request.db.transaction() as conn:
            contact = await actions.lock(conn, request.id, draft.form.version if draft.form else ANY_VERSION)
            if draft.form is not None:
                form = draft.form.change(await _company_of(conn, request, contact, draft.form.company))
                await actions.change(conn, contact, form, by=request.actor)
                return views.redirect_with_toast(f"/contacts/{contact.id}", "Saved.")
    except PreconditionFailedError:
        return await _clash(request, draft)
    except ValidationError as trouble:
        for fault in trouble.faults:
            draft.blame(fault.field, fault.message)
    return _form(request, contact, draft, status=422)


async def remove(request: Request) -> Response:
    """Delete a contact to which no lead points; the toast that follows offers to bring it back."""
    try:
        async with request.db.transaction() as conn:
            contact = await actions.lock(conn, request.id, ANY_VERSION)
            await deletion.remove(conn, contact, by=request.actor)
    except ConflictError as trouble:
        return views.page(request, "contacts/stays.html", status=409, contact=contact, obstacle=trouble.detail)
    return views.redirect_with_toast("/contacts", f"Deleted {contact.name}.", undo=f"/contacts/{contact.id}/restore")


async def restore(request: Request) -> Response:
    """Bring a deleted contact back."""
    async with request.db.transaction() as conn:
        contact = await deletion.restore(conn, request.id, by=request.actor)
    return views.redirect_with_toast(f"/contacts/{contact.id}", f"{contact.name} is back.")


async def _company_of(conn: Connection, request: Request, contact: Contact, name: str) -> int | None:
    """The company the form names: the present one where its name was left as it is, for two may have one name."""
    if contact.company_id and (await companies.get(conn, contact.company_id)).name == name:
        return contact.company_id
    found = await companies.find_or_create(conn, name=name, domain="", by=request.actor)
    return found.id if found else None


async def _values(conn: Connection, contact: Contact) -> dict[str, object]:
    company = await companies.get(conn, contact.company_id) if contact.company_id else None
    return {**msgspec.structs.asdict(contact), "company": company.name if company else ""}


def _form(request: Request, contact: Contact, draft: Draft[edits.EditContact], status: int = 200) -> Response:
    return views.page(
        request, "contacts/edit.html", status=status, contact=contact, values=draft.values, faults=draft.faults,
        labels=edits.LABELS,
    )  # fmt: skip


async def _clash(request: Request, draft: Draft[edits.EditContact]) -> Response:
    async with request.db.connection() as conn:
        contact = await actions.get(conn, request.id)
        current = await _values(conn, contact)
    return edit_conflicts.page(
        request, what=contact.name, action=f"/contacts/{contact.id}", back=f"/contacts/{contact.id}",
        version=contact.version, yours=draft.values, current=current, labels=edits.LABELS,
    )  # fmt: skip
