"""Contacts on pages: what is different from other records."""

from __future__ import annotations

from typing import Any

import msgspec

from crm.kernel.actor import Actor
from crm.kernel.db import Connection
from crm.kernel.http.paging import Page
from crm.kernel.http.request import Request
from crm.records import activities, companies, files, related, tasks
from crm.records.common import ActiveFilter, Column, RecordPages, Values, read_fields
from crm.records.contacts.api import RECORD
from crm.records.contacts.forms import EDITED, FILTERS, SORTS, ContactFilter, EditContact
from crm.records.contacts.models import Contact
from crm.records.contacts.proposals import list_proposals

MOST_LEADS = 20
COLUMNS = (
    Column(name="name", label="Name", sort="name", style="cell-wide"),
    Column(name="company", label="Company", sort="company_id", style="cell-some column-2"),
    Column(name="email", label="E-mail", sort="email", style="cell-some"),
    Column(name="phone", label="Phone", style="column-2"),
    Column(name="created_at", label="Created", sort="created_at", descending=True, style="column-3"),
    Column(name="tag_ids", label="Tags", style="column-3"),
    Column(name="job_title", label="Job title", shown=False, style="cell-some column-3"),
    Column(name="updated_at", label="Changed", shown=False, sort="updated_at", descending=True, style="column-3"),
)
"""The columns of the list, in their usual order."""


async def _list_values(conn: Connection, _: Request, query: ContactFilter, page: Page[Contact]) -> Values:
    company_ids = {contact.company_id for contact in page.data} | {query.company_id}
    names = await companies.list_names(conn, [each for each in company_ids if each])
    linked = [ActiveFilter(("q",), f"“{query.q}”")] if query.q else []
    if query.company_id:
        linked.append(ActiveFilter(("company_id",), f"Company: {names.get(query.company_id, 'deleted')}"))
    return {"companies": names, "linked_filters": linked}


async def _detail_values(conn: Connection, request: Request, contact: Contact) -> Values:
    return {
        "timeline": await activities.read_timeline(conn, request, contact_id=contact.id),
        "proposals": await list_proposals(conn, contact),
        "waiting_emails": await related.list_waiting_emails(conn, "contact_id", contact.id),
        "bounce": await related.find_bounce(conn, contact.id),
        "company": await companies.get(conn, contact.company_id) if contact.company_id else None,
        "tasks": await tasks.read_panel(conn, request, "contact_id", contact.id),
        "files": await files.read_panel(conn, request, "contact_id", contact.id),
        "leads": await related.list_leads(conn, "contact_id", contact.id, MOST_LEADS),
        "most_leads": MOST_LEADS,
    }


async def _form_values(conn: Connection, contact: Contact) -> Values:
    company = await companies.get(conn, contact.company_id) if contact.company_id else None
    return {**msgspec.structs.asdict(contact), "company": company.name if company else ""}


async def _read_form(conn: Connection, form: Any, contact: Contact | None, by: Actor) -> Values:
    """The form's company is a name. If it was left alone it stays the same company, since two may have one name."""
    values = read_fields(form)
    name, company_id = values.pop("company"), contact.company_id if contact else None
    if not company_id or (await companies.get(conn, company_id)).name != name:
        company = await companies.find_or_create(conn, name=name, domain="", by=by)
        company_id = company.id if company else None
    return {**values, "company_id": company_id}


PAGES = RecordPages(
    record=RECORD, url="/contacts", heading="Contacts", new_form=EditContact, edit_form=EditContact, fields=EDITED,
    preset=EDITED, filters=FILTERS, sorts=SORTS, columns=COLUMNS, list_values=_list_values,
    detail_values=_detail_values, form_values=_form_values, read_form=_read_form,
)  # fmt: skip
