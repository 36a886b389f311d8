"""One company on its page: what is known, its people, its leads, its timeline."""

from __future__ import annotations

import msgspec
from starlette.responses import Response

from crm import activities
from crm.companies import actions, deletion, edits, queries
from crm.companies.models import Company
from crm.kernel import clock, edit_conflicts, views
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
        company = await actions.get(conn, request.id)
        below = await activities.get(conn, ask.before) if ask.before else None
        lines = await activities.timeline(conn, company_id=company.id, limit=LINES + 1, before=below)
        people = await queries.people_of(conn, company.id, LISTED)
        leads = await queries.leads_of(conn, "company_id", company.id, LISTED)
    return views.page(
        request, "companies/show.html", block="record", company=company, people=people, leads=leads, listed=LISTED,
        days=activities.by_day(lines[:LINES], zone), newest=lines[0].id if lines else 0, today=clock.today(zone),
        earlier=f"/companies/{company.id}?before={lines[LINES - 1].id}" if len(lines) > LINES else "",
    )  # fmt: skip


async def edit(request: Request) -> Response:
    """The form with all fields."""
    async with request.db.connection() as conn:
        company = await actions.get(conn, request.id)
    return _form(request, company, Draft(msgspec.structs.asdict(company), {}, None))


async def change(request: Request) -> Response:
    """Save the form; where somebody else was quicker, show both."""
    draft = await forms.draft(request, edits.EditCompany)
    try:
        async with request.db.transaction() as conn:
            company = await actions.lock(conn, request.id, draft.form.version if draft.form else ANY_VERSION)
            if draft.form is not None:
                await actions.change(conn, company, draft.form.change(), by=request.actor)
                return views.redirect_with_toast(f"/companies/{company.id}", "Saved.")
    except PreconditionFailedError:
        return await _clash(request, draft)
    except ValidationError as trouble:
        for fault in trouble.faults:
            draft.blame(fault.field, fault.message)
    return _form(request, company, draft, status=422)


async def remove(request: Request) -> Response:
    """Delete a company to which nothing points; the toast that follows offers to bring it back."""
    try:
        async with request.db.transaction() as conn:
            company = await actions.lock(conn, request.id, ANY_VERSION)
            await deletion.remove(conn, company, by=request.actor)
    except ConflictError as trouble:
        return views.page(request, "companies/stays.html", status=409, company=company, obstacle=trouble.detail)
    return views.redirect_with_toast("/companies", f"Deleted {company.name}.", undo=f"/companies/{company.id}/restore")


async def restore(request: Request) -> Response:
    """Bring a deleted company back."""
    async with request.db.transaction() as conn:
        company = await deletion.restore(conn, request.id, by=request.actor)
    return views.redirect_with_toast(f"/companies/{company.id}", f"{company.name} is back.")


def _form(request: Request, company: Company, draft: Draft[edits.EditCompany], status: int = 200) -> Response:
    return views.page(
        request, "companies/edit.html", status=status, company=company, values=draft.values, faults=draft.faults,
        labels=edits.LABELS,
    )  # fmt: skip


async def _clash(request: Request, draft: Draft[edits.EditCompany]) -> Response:
    async with request.db.connection() as conn:
        company = await actions.get(conn, request.id)
    return edit_conflicts.page(
        request, what=company.name, action=f"/companies/{company.id}", back=f"/companies/{company.id}",
        version=company.version, yours=draft.values, current=msgspec.structs.asdict(company), labels=edits.LABELS,
    )  # fmt: skip
