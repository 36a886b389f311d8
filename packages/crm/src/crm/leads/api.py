"""Leads for programs."""

from __future__ import annotations

from starlette.responses import Response

from crm.kernel.http import forms, responses
from crm.kernel.http.idempotency import run_once
from crm.kernel.http.request import Request
from crm.leads import actions, deletion
from crm.leads.capture import capture
from crm.leads.forms import ChangeLead, LeadFilter, NewLead

PATH = "/api/v1/leads"


async def list_all(request: Request) -> Response:
    """A page of leads, filtered and sorted."""
    ask = forms.parse_query(request, LeadFilter, strict=True)
    async with request.db.connection() as conn:
        page = await actions.list_leads(conn, ask)
    return responses.json(page)


async def create(request: Request) -> Response:
    """Make a lead; with an Idempotency-Key, once."""
    form = await forms.read(request, NewLead)
    async with request.db.transaction() as conn:
        made = await run_once(request, conn, lambda: capture(conn, form, by=request.actor, channel="api"), actions.get)
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
        lead = await actions.lock(conn, request.id, version)
        changed = await actions.change(conn, lead, form, by=request.actor)
    return responses.record(changed, changed.version)


async def remove(request: Request) -> Response:
    """Delete a lead."""
    version = request.expected_version()
    async with request.db.transaction() as conn:
        lead = await actions.lock(conn, request.id, version)
        await deletion.remove(conn, lead, by=request.actor)
    return responses.nothing()
