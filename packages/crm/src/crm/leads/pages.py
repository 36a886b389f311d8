"""The list of leads, and adding one."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from crm import auth, companies, contacts, settings
from crm.kernel import clock, views
from crm.kernel.db import Connection
from crm.kernel.errors import NotFoundError, ValidationError
from crm.kernel.http import forms
from crm.kernel.http.forms import Draft
from crm.kernel.http.request import Request
from crm.leads import actions, filters, prev_next
from crm.leads.capture import capture
from crm.leads.forms import LeadFilter, NewLead
from crm.leads.models import STAGES
from shared.enquiry_form import BY_NAME

NAMES = {"budget": "Budget", "project_type": "What it is about", "source": "Heard of us by"}


async def list_all(request: Request) -> Response:
    """Leads with search, filters in the address, sort and paging; for htmx only the rows."""
    ask = forms.parse_query(request, LeadFilter)
    zone = views.layout_context(request).time_zone
    async with request.db.connection() as conn:
        page = await actions.list_leads(conn, ask)
        counts = await actions.counts(conn)
        people = {person.id: person.name for person in await auth.list_users(conn)}
        on = filters.chips(ask, people=people, zone=zone, **await _names(conn, ask))
    return views.page(
        request, "leads/list.html", block="rows", headers=views.clean_url(request), page=page, ask=ask,
        counts=counts, every=sum(total.number for total in counts.values()), stages=STAGES, people=people, chips=on,
        choices=filters.choices(ask, people, zone), given=_filter_values(request, ask), filtered=filters.CHOSEN,
        today=clock.today(zone), query=prev_next.query_of(request), site_url=request.app_context.config.site_url,
    )  # fmt: skip


async def new(request: Request) -> Response:
    """The form for a lead that came by telephone, or over lunch."""
    values = {
        name: value for name, value in request.asked if name in ("name", "email", "phone", "company", "contact_id")
    }
    return await _form(request, Draft({"owner_id": request.actor.id, **values}, {}, None))


async def create(request: Request) -> Response:
    """Add a lead; its contact and company are found or made."""
    draft = await forms.draft(request, NewLead)
    if draft.form is not None:
        try:
            async with request.db.transaction() as conn:
                lead = await capture(conn, draft.form, by=request.actor, channel="manual")
            return views.redirect_with_toast(f"/leads/{lead.id}", "Added.")
        except ValidationError as trouble:
            for fault in trouble.faults:
                draft.blame(fault.field, fault.message)
    return await _form(request, draft, status=422)


async def _form(request: Request, draft: Draft[Any], status: int = 200) -> Response:
    async with request.db.connection() as conn:
        people = [(person.id, person.name) for person in await auth.list_users(conn)]
        draft.values.setdefault("currency", (await settings.read(conn)).currency)
    return views.page(
        request, "leads/new.html", status=status, values=draft.values, faults=draft.faults, people=people,
        choices=choices(), names=NAMES,
    )  # fmt: skip


def choices() -> dict[str, list[tuple[str, str]]]:
    """The values of each select, with their words, as the public form has them."""
    return {name: [(choice.value, choice.label) for choice in BY_NAME[name].choices] for name in NAMES}


async def _names(conn: Connection, ask: LeadFilter) -> dict[str, str]:
    """Who and what the filters by number mean."""
    names = {"contact": "somebody who is gone", "company": "one that is gone"}
    try:
        if ask.contact_id:
            names["contact"] = (await contacts.get(conn, ask.contact_id)).name
        if ask.company_id:
            names["company"] = (await companies.get(conn, ask.company_id)).name
    except NotFoundError:
        pass
    return names


def _filter_values(request: Request, ask: LeadFilter) -> dict[str, str]:
    """What the filter's controls hold."""
    given = dict(request.asked)
    return given | {"created_after": filters.utc(ask.created_after)} if ask.created_after else given
