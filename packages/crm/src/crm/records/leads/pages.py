"""Leads on pages: what is different from other records."""

from __future__ import annotations

from collections import Counter
from typing import Any
from urllib.parse import urlencode

from msgspec import UNSET
from starlette.responses import Response

from crm.accounts import auth, form_choices, settings
from crm.kernel import clock, views
from crm.kernel.actor import Actor
from crm.kernel.db import Connection
from crm.kernel.errors import NotFoundError
from crm.kernel.http import responses
from crm.kernel.http.list_totals import Total
from crm.kernel.http.paging import Page
from crm.kernel.http.request import Request
from crm.records import activities, companies, contacts, files, related, stages, tasks
from crm.records.common import (
    WHOSE_PARAMETER,
    Choices,
    Column,
    RecordPages,
    Values,
    Whose,
    list_records,
    read_fields,
    read_whose,
    remember_whose,
)
from crm.records.leads import actions, filters, follow_ups
from crm.records.leads.api import RECORD
from crm.records.leads.fields import FILTERS, LIST_FIELDS, PAGE_FIELDS, SEARCHED
from crm.records.leads.filters import LeadFilter
from crm.records.leads.forms import EDITED, MORE, EditLead, NewLead
from crm.records.leads.models import Lead
from shared.enquiry_form import BY_NAME, FIELDS


async def _list_values(conn: Connection, request: Request, query: LeadFilter, page: Page[Lead]) -> Values:
    zone = views.layout_context(request).time_zone
    if query.status or query.cursor or page.next_cursor:
        counts = await actions.count_by_status(conn, query, Total(page.total, exact=page.total_exact))
    else:
        # All that match are on the page, so nothing is searched again.
        numbers = Counter(lead.status for lead in page.data)
        counts = {stage: Total(numbers[stage], exact=True) for stage in stages.current().keys}
    users = {user.id: user.name for user in await auth.list_users(conn)}
    names = await _filter_names(conn, query)
    return {
        "counts": counts,
        "stages": stages.current().stages,
        "label_of": form_choices.label_of,
        "form_names": BY_NAME,
        "searched": SEARCHED,
        "users": users,
        "owners": {user.id: user.name for user in await auth.list_assignable(conn)},
        "whose": _read_whose(request, query),
        # A single status is shown by its tab.
        "tabbed": ["status"] if len(query.status) == 1 else [],
        "linked_filters": filters.list_linked(query, zone=zone, **names),
        "filter_choices": {
            "owner_id": tuple(users.items()),
            "status": tuple((stage.key, stage.name) for stage in stages.current().stages),
            **{field.name: tuple(form_choices.current().list_pairs(field.name)) for field in FILTERS},
        },
        "today": clock.today(zone),
        "site_url": request.app_context.config.site_url,
    }


def _read_whose(request: Request, query: LeadFilter) -> Whose | None:
    """Whose leads the list shows; None for those of others."""
    return "mine" if query.owner_id == [request.actor.id] else None if query.owner_id else "everybody"


async def show_list(request: Request) -> Response:
    """The list. A choice of mine or everybody's is remembered, and the next visit without filters follows it."""
    pairs = [(name, value) for name, value in request.asked if name != WHOSE_PARAMETER]
    is_choice = len(pairs) < len(request.asked)
    chosen = read_whose(request)
    if is_choice or (chosen == "mine" and not pairs):
        pairs = [(name, value) for name, value in pairs if name not in ("owner_id", "cursor")]
        pairs += [("owner_id", str(request.actor.id))] if chosen == "mine" else []
        query = urlencode(pairs)
        return remember_whose(request, responses.see_other(f"/leads?{query}" if query else "/leads"), chosen)
    return await list_records(PAGES, request)


async def _filter_names(conn: Connection, query: LeadFilter) -> dict[str, str]:
    """The names of the contact and the company that the list is filtered by."""
    names = {"contact": "deleted", "company": "deleted"}
    try:
        if query.contact_id:
            names["contact"] = (await contacts.get(conn, query.contact_id)).name
        if query.company_id:
            names["company"] = (await companies.get(conn, query.company_id)).name
    except NotFoundError:
        pass
    return names


async def _detail_values(conn: Connection, request: Request, lead: Lead) -> Values:
    timeline = await activities.read_timeline(conn, request, lead_id=lead.id)
    contact = await contacts.get(conn, lead.contact_id) if lead.contact_id else None
    return {
        "timeline": timeline,
        "contact": contact,
        "proposals": await contacts.list_proposals(conn, contact, lead_id=lead.id) if contact else [],
        "waiting_emails": await related.list_waiting_emails(conn, "lead_id", lead.id),
        "bounce": await related.find_bounce(conn, lead.contact_id) if contact else None,
        "open_lead": (await follow_ups.find_open_leads(conn, [lead.id])).get(lead.id),
        "company": await companies.get(conn, lead.company_id) if lead.company_id else None,
        "users": {user.id: user.name for user in await auth.list_users(conn)},
        "owners": {user.id: user.name for user in await auth.list_assignable(conn)},
        "tasks": await tasks.read_panel(conn, request, "lead_id", lead.id),
        "files": await files.read_panel(conn, request, "lead_id", lead.id),
        "compose_first": lead.closed and not lead.next_action,
        "overdue": lead.next_action_on is not None and lead.next_action_on < timeline.today,
        "stages": stages.current().stages,
        "label_of": form_choices.label_of,
        "form_fields": PAGE_FIELDS,
        "step": {"next_action": lead.next_action, "next_action_on": lead.next_action_on},
        "errors": {},
    }


async def _new_values(conn: Connection, request: Request) -> Values:
    return {"owner_id": request.actor.id, "currency": (await settings.read(conn)).currency}


async def _read_form(_: Connection, form: Any, lead: Lead | None, _by: Actor) -> Values:
    # An empty currency is the default one for a new lead, and no change for another.
    return {**read_fields(form), "currency": form.currency or ("" if lead is None else UNSET)}


async def _list_choices(conn: Connection) -> Choices:
    # Who owns a lead stays among the choices, also as a former colleague.
    users = [
        (user.id, user.name if user.disabled_at is None and user.can("write") else f"{user.name} (no longer)")
        for user in await auth.list_users(conn)
    ]
    known = await form_choices.read(conn)
    return {"owner_id": users, **{name: known.list_pairs(name) for name in form_choices.CHOICE_FIELDS}}


def _list_options(values: Values) -> Choices:
    known = form_choices.current()
    return {name: known.list_options(name, values.get(name) or "") for name in form_choices.CHOICE_FIELDS}


_CHOSEN = tuple(
    Column(
        name=field.name,
        label=field.short_label,
        shown=False,
        style="cell-some column-3" if field.kind == "email" else "column-3",
    )
    for field in FIELDS
    if field.kind != "textarea" and field not in LIST_FIELDS and field.name not in ("name", "company")
)
COLUMNS = (
    Column(name="title", label="Title", sort="title", style="cell-wide cell-title"),
    Column(name="contact", label="Contact", sort="name", style="cell-some column-2"),
    Column(name="status", label="Status", sort="status"),
    *(Column(name=field.name, label=field.short_label, style="column-3") for field in LIST_FIELDS),
    Column(name="next_action_on", label="Next step", sort="next_action_on", style="cell-some"),
    Column(name="value", label="Value", sort="value", descending=True, style="num"),
    Column(name="owner_id", label="Owner", sort="owner_id", style="column-3"),
    Column(name="created_at", label="Created", sort="created_at", descending=True, style="column-1"),
    Column(name="tag_ids", label="Tags", style="column-3"),
    *_CHOSEN,
    Column(name="name", label="Name", shown=False, sort="name", style="column-3"),
    Column(name="company", label="Company", shown=False, sort="company", style="column-3"),
    Column(name="hours", label="Hours", shown=False, sort="hours", descending=True, style="num column-3"),
    Column(name="reference", label="Reference", shown=False, style="column-3"),
    Column(name="lost_reason", label="Reason lost", shown=False, style="cell-some column-3"),
    Column(name="received_at", label="Received", shown=False, sort="received_at", descending=True, style="column-3"),
    Column(name="updated_at", label="Changed", shown=False, sort="updated_at", descending=True, style="column-3"),
)
"""The columns of the list, in their usual order."""

PAGES = RecordPages(
    record=RECORD, url="/leads", heading="Leads", heading_field="title", message_name="the lead of {name}",
    new_form=NewLead, edit_form=EditLead, fields=EDITED, more_fields=MORE,
    preset=("name", "email", "phone", "company", "contact_id"), filters=filters.LEAD_FILTERS, sorts=filters.SORTS,
    columns=COLUMNS,
    list_values=_list_values, detail_values=_detail_values, new_values=_new_values,
    read_form=_read_form, choices=_list_choices, value_choices=_list_options,
)  # fmt: skip
