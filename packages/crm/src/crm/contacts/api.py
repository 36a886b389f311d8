"""Contacts for programs."""

from __future__ import annotations

from crm.contacts import actions, removal
from crm.contacts.forms import ChangeContact, ContactAsk, NewContact
from crm.kernel.http import answers, forms
from crm.kernel.http.answers import Answer
from crm.kernel.http.once import once
from crm.kernel.http.request import Request

PATH = "/api/v1/contacts"


async def list_all(request: Request) -> Answer:
    """A page of contacts, filtered and sorted."""
    ask = forms.asked(request, ContactAsk, strict=True)
    async with request.db.connection() as conn:
        page = await actions.listed(conn, ask)
    return answers.json(page)


async def create(request: Request) -> Answer:
    """Make a contact; with an Idempotency-Key, once."""
    form = await forms.read(request, NewContact)
    async with request.db.transaction() as conn:
        made = await once(request, conn, lambda: actions.create(conn, form, by=request.actor), actions.get)
    return answers.record(made, made.version, 201, f"{PATH}/{made.id}")


async def show(request: Request) -> Answer:
    """One contact."""
    async with request.db.connection() as conn:
        contact = await actions.get(conn, request.id)
    return answers.record(contact, contact.version)


async def change(request: Request) -> Answer:
    """Change some fields of a contact."""
    version = request.expected_version()
    form = await forms.read(request, ChangeContact)
    async with request.db.transaction() as conn:
        contact = await actions.hold(conn, request.id, version)
        changed = await actions.change(conn, contact, form, by=request.actor)
    return answers.record(changed, changed.version)


async def remove(request: Request) -> Answer:
    """Delete a contact."""
    version = request.expected_version()
    async with request.db.transaction() as conn:
        contact = await actions.hold(conn, request.id, version)
        await removal.remove(conn, contact, by=request.actor)
    return answers.nothing()
