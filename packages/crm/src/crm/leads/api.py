"""Leads for programs."""

from __future__ import annotations

from crm.kernel.http import answers, forms
from crm.kernel.http.answers import Answer
from crm.kernel.http.once import once
from crm.kernel.http.request import Request
from crm.leads import actions, removal
from crm.leads.capture import capture
from crm.leads.forms import ChangeLead, LeadAsk, NewLead

PATH = "/api/v1/leads"


async def list_all(request: Request) -> Answer:
    """A page of leads, filtered and sorted."""
    ask = forms.asked(request, LeadAsk, strict=True)
    async with request.db.connection() as conn:
        page = await actions.listed(conn, ask)
    return answers.json(page)


async def create(request: Request) -> Answer:
    """Make a lead; with an Idempotency-Key, once."""
    form = await forms.read(request, NewLead)
    async with request.db.transaction() as conn:
        made = await once(request, conn, lambda: capture(conn, form, by=request.actor, channel="api"), actions.get)
    return answers.record(made, made.version, 201, f"{PATH}/{made.id}")


async def show(request: Request) -> Answer:
    """One lead."""
    async with request.db.connection() as conn:
        lead = await actions.get(conn, request.id)
    return answers.record(lead, lead.version)


async def change(request: Request) -> Answer:
    """Change some fields of a lead."""
    version = request.expected_version()
    form = await forms.read(request, ChangeLead)
    async with request.db.transaction() as conn:
        lead = await actions.hold(conn, request.id, version)
        changed = await actions.change(conn, lead, form, by=request.actor)
    return answers.record(changed, changed.version)


async def remove(request: Request) -> Answer:
    """Delete a lead."""
    version = request.expected_version()
    async with request.db.transaction() as conn:
        lead = await actions.hold(conn, request.id, version)
        await removal.remove(conn, lead, by=request.actor)
    return answers.nothing()
