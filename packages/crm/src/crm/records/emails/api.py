"""E-mails in the API."""

from __future__ import annotations

from starlette.responses import Response

from crm.kernel.http import forms, responses
from crm.kernel.http.request import Request
from crm.records.emails import actions
from crm.records.emails.forms import AttachEmail, EmailFilter
from crm.records.emails.models import Place


async def list_all(request: Request) -> Response:
    """A page of e-mails."""
    query = forms.parse_query(request, EmailFilter, strict=True)
    async with request.db.connection() as conn:
        page = await actions.list_emails(conn, query)
    return responses.json(page)


async def show(request: Request) -> Response:
    """One e-mail."""
    async with request.db.connection() as conn:
        email = await actions.get(conn, request.id)
    return responses.json(email)


async def attach(request: Request) -> Response:
    """Attach an e-mail to a lead or a contact, in place of another."""
    form = await forms.read(request, AttachEmail)
    async with request.db.transaction() as conn:
        email = await actions.lock(conn, request.id)
        attached = await actions.attach(conn, email, Place(form.lead_id, form.contact_id))
    return responses.json(attached)


async def dismiss(request: Request) -> Response:
    """Take an e-mail that belongs to no record out of the inbox."""
    async with request.db.transaction() as conn:
        await actions.dismiss(conn, await actions.lock(conn, request.id))
        email = await actions.get(conn, request.id)
    return responses.json(email)
