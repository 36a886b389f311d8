"""Contacts for programs."""

from __future__ import annotations

from starlette.responses import Response

from crm.contacts import actions, deletion
from crm.contacts.forms import ChangeContact, ContactFilter, NewContact
from crm.kernel.http import forms, responses
from crm.kernel.http.idempotency import run_once
from crm.kernel.http.request import Request

PATH = "/api/v1/contacts"


async def list_all(request: Request) -> Response:
    """A page of contacts, filtered and sorted."""
    ask = forms.parse_query(request, ContactFilter, strict=True)
    async with request.db.connection() as conn:
        page = await actions.list_contacts(conn, ask)
    return responses.json(page)


async def create(request: Request) -> Response:
    """Make a contact; with an Idempotency-Key, once."""
    form = await forms.read(request, NewContact)
    async with request.db.transaction() as conn:
        made = await run_once(request, conn, lambda: actions.create(conn, form, by=request.actor), actions.get)
    return responses.record(made, made.version, 201, f"{PATH}/{made.id}")


async def show(request: Request) -> Response:
    """One contact."""
    async with request.db.connection() as conn:
        contact = await actions.get(conn, request.id)
    return responses.record(contact, contact.version)


async def change(request: Request) -> Response:
    """Change some fields of a contact."""
    version = request.expected_version()
    form = await forms.read(request, ChangeContact)
    async with request.db.transaction() as conn:
        contact = await actions.lock(conn, request.id, version)
        changed = await actions.change(conn, contact, form, by=request.actor)
    return responses.record(changed, changed.version)


async def remove(request: Request) -> Response:
    """Delete a contact."""
    version = request.expected_version()
    async with request.db.transaction() as conn:
        contact = await actions.lock(conn, request.id, version)
        await deletion.remove(conn, contact, by=request.actor)
    return responses.nothing()
