"""People on pages: the list, and adding one."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from crm import companies
from crm.contacts import actions, edits
from crm.contacts.forms import ContactFilter
from crm.kernel import views
from crm.kernel.errors import ValidationError
from crm.kernel.http import forms
from crm.kernel.http.forms import Draft
from crm.kernel.http.request import Request


async def list_all(request: Request) -> Response:
    """People with search, sort and paging; for htmx only the rows."""
    ask = forms.parse_query(request, ContactFilter)
    async with request.db.connection() as conn:
        page = await actions.list_contacts(conn, ask)
        wanted = {contact.company_id for contact in page.data} | {ask.company_id}
        names = await companies.names(conn, [number for number in wanted if number])
    return views.page(
        request, "contacts/list.html", block="rows", headers=views.clean_url(request), page=page, ask=ask,
        companies=names,
    )  # fmt: skip


async def new(request: Request) -> Response:
    """The form for a person."""
    return _form(request, Draft({name: value for name, value in request.asked if name in edits.LABELS}, {}, None))


async def create(request: Request) -> Response:
    """Add a person; the company named is found or made."""
    draft = await forms.draft(request, edits.EditContact)
    if draft.form is not None:
        try:
            async with request.db.transaction() as conn:
                company = await companies.find_or_create(conn, name=draft.form.company, domain="", by=request.actor)
                form = draft.form.new(company.id if company else None)
                contact = await actions.create(conn, form, by=request.actor)
            return views.redirect_with_toast(f"/contacts/{contact.id}", "Added.")
        except ValidationError as trouble:
            for fault in trouble.faults:
                draft.blame(fault.field, fault.message)
    return _form(request, draft, status=422)


def _form(request: Request, draft: Draft[Any], status: int = 200) -> Response:
    return views.page(
        request, "contacts/edit.html", status=status, contact=None, values=draft.values, faults=draft.faults,
        labels=edits.LABELS,
    )  # fmt: skip
