"""E-mails in the API."""

from __future__ import annotations

from starlette.responses import Response

from crm.accounts import api_keys, auth
from crm.kernel.errors import ForbiddenError
from crm.kernel.http import forms, responses
from crm.kernel.http.idempotency import run_once
from crm.kernel.http.request import Request
from crm.records.emails import actions, compose, outgoing
from crm.records.emails.forms import AttachEmail, ComposeEmail, EmailFilter, SendEmail
from crm.records.emails.models import Email, Place


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


async def create(request: Request) -> Response:
    """Send an e-mail in the name of the person who created the key; with an Idempotency-Key, once."""
    form = await forms.read(request, SendEmail)
    draft = ComposeEmail(
        to=", ".join(form.to), cc=", ".join(form.cc), bcc=", ".join(form.bcc), subject=form.subject, body=form.body,
        lead_id=form.lead_id, contact_id=form.contact_id, answers=form.answers, record_files=form.file_ids,
    )  # fmt: skip
    async with request.db.transaction() as conn:
        if form.file_ids and "files:read" not in api_keys.get_api_key(request).scopes:
            raise ForbiddenError("Attaching files needs a key with the scope files:read as well.")
        writer_id = api_keys.get_api_key(request).created_by
        writer = next((user for user in await auth.list_users(conn) if user.id == writer_id), None)
        if writer is None or writer.disabled_at is not None:
            raise ForbiddenError("This key belongs to no person who can write. Create one under your own account.")

        async def send() -> Email:
            message = await compose.check_message(conn, request, draft, at=form.send_at)
            return await outgoing.create(conn, request.app_context, message, writer)

        email = await run_once(request, conn, send, actions.get)
    return responses.json(email, 201, {"location": f"/api/v1/emails/{email.id}"})


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
