"""Leads for programs."""

from __future__ import annotations

from starlette.responses import Response

from crm.kernel.http import forms, responses
from crm.kernel.http.once import once
from crm.kernel.http.request import Request
from crm.leads import actions, removal
from crm.leads.capture import capture
from crm.leads.forms import ChangeLead, LeadAsk, NewLead

PATH = "/api/v1/leads"


async def list_all(request: Request) -> Response:
    """A page of leads, filtered and sorted."""
    ask = forms.asked(request, LeadAsk, strict=True)
    async with request.db.connection() as conn:
        page = await actions.listed(conn, ask)
    return responses.json(page)


async def create(request: Request) -> Response:
    """Make a lead; with an Idempotency-Key, once."""
    form = await forms.read(request, NewLead)
    async with request.db.transaction() as conn:
        made = await once(request, conn, lambda: capture(conn, form, by=request.actor, channel="api"), actions.get)
    return responses.record(made, made.version, 201, f"{PATH}/{made.id}")


async def show(request: Request) -> Response:
    """One lead."""
    async with request.db.connection() as conn:
        lead = await actions.get(conn, request.id)
    return responses.record(lead, lead.version)


async def change(request: Request) -> Response:
    """Change some fields of a lead."""
    version = request.expected_version()
    form = await forms.read(request, ChangeLead)
    async with request.db.transaction() as conn:
        lead = await actions.hold(conn, request.id, version)
        changed = await actions.change(conn, lead, form, by=request.actor)
    return responses.record(changed, changed.version)


async def remove(request: Request) -> Response:
    """Delete a lead."""
    version = request.expected_version()
    async with request.db.transaction() as conn:
        lead = await actions.hold(conn, request.id, version)
        await removal.remove(conn, lead, by=request.actor)
    return responses.nothing()
