"""E-mails on pages: reading one, attaching it to a record, making a lead of it."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from crm.accounts import auth
from crm.kernel import views
from crm.kernel.db import Connection
from crm.kernel.errors import NotFoundError, ValidationError
from crm.kernel.http import forms
from crm.kernel.http.forms import Draft
from crm.kernel.http.request import Request
from crm.records import contacts, files, leads, related, stages
from crm.records.emails import actions, outgoing_queries, queries
from crm.records.emails.addresses import build_address
from crm.records.emails.forms import ChooseRecord, Signature
from crm.records.emails.models import Email, Place
from crm.values import clean_line, find_email_error

INBOX = "/inbox?tab=mail"
MOST_LEADS = 20
LABELS = {"lead_id": "Lead", "contact": "Contact"}


async def show(request: Request) -> Response:
    """Show one e-mail."""
    async with request.db.connection() as conn:
        email = await actions.get(conn, request.id)
        return await _page(request, conn, email)


async def show_settings(request: Request) -> Response:
    """Show the personal address for BCC and forwarding, and whether mail is received."""
    async with request.db.connection() as conn:
        received_at = await queries.find_last_received(conn)
        signature = await queries.read_signature(conn, request.actor.id or 0)
    config = request.app_context.config
    return views.page(
        request, "emails/settings.html", signature=signature,
        address=build_address(request.app_context, "user", request.actor.id or 0),
        received_at=received_at, auth_server=config.mail_auth_server, title="E-mail",
    )  # fmt: skip


async def change_signature(request: Request) -> Response:
    """Save the signature of the user."""
    form = (await forms.draft(request, Signature)).require_form()
    async with request.db.transaction() as conn:
        await queries.write_signature(conn, request.actor.id or 0, form.body.strip())
    return views.redirect_with_toast("/settings/mail", "Saved.")


async def raw(request: Request) -> Response:
    """Return the message as it arrived, as a file that no browser opens in our name."""
    async with request.db.connection() as conn:
        message = await queries.read_raw(conn, request.id)
    if message is None:
        raise NotFoundError("There is no such message.")
    return Response(message, media_type="message/rfc822", headers=files.download_headers("message.eml"))


async def attach(request: Request) -> Response:
    """Attach an e-mail to a lead or a contact. The toast offers to undo this."""
    draft = await forms.draft(request, ChooseRecord)
    async with request.db.transaction() as conn:
        email = await actions.lock(conn, request.id)
        place = await _read_place(conn, draft)
        if place is None:
            return await _page(request, conn, email, draft, status=422)
        attached = await actions.attach(conn, email, place)
    return views.redirect_with_toast(find_home(attached), "Attached.", undo=f"/emails/{email.id}/detach")


async def detach(request: Request) -> Response:
    """Take an e-mail off its record."""
    async with request.db.transaction() as conn:
        await actions.detach(conn, await actions.lock(conn, request.id))
    return views.redirect_with_toast(f"{INBOX}&email={request.id}", "The e-mail is back in the inbox.")


async def create_lead(request: Request) -> Response:
    """Create a lead of an e-mail, once however often the form is sent, and attach it."""

    async def create() -> str:
        email = await actions.lock(conn, request.id)
        form = leads.NewLead(
            name=email.sender[:200], email="" if find_email_error(email.from_email) else email.from_email,
            title=clean_line(email.subject)[:160], message=email.body[:5000],
        )  # fmt: skip
        lead = await leads.create(conn, form, by=request.actor, channel="manual", received_at=email.at)
        await actions.attach(conn, email, Place(lead_id=lead.id))
        return f"/leads/{lead.id}"

    async with request.db.transaction() as conn:
        location = await auth.post_once(request, conn, create)
    return views.redirect_with_toast(location, "Lead created.")


async def dismiss(request: Request) -> Response:
    """Take an e-mail out of the inbox. The toast offers to undo this."""
    async with request.db.transaction() as conn:
        await actions.dismiss(conn, await actions.lock(conn, request.id))
    return views.redirect_with_toast(INBOX, "E-mail dismissed.", undo=f"/emails/{request.id}/restore")


async def restore(request: Request) -> Response:
    """Put a dismissed e-mail back into the inbox."""
    async with request.db.transaction() as conn:
        await actions.restore(conn, await actions.lock(conn, request.id))
    return views.redirect_with_toast(f"{INBOX}&email={request.id}", "E-mail restored.")


async def read_values(conn: Connection, email: Email, draft: Draft[Any] | None = None) -> dict[str, Any]:
    """What the page and the inbox show of an e-mail, and the records that it can be attached to."""
    contact = await contacts.find_by_key(conn, contacts.key_of(email.from_email))
    places: list[tuple[str, str]] = []
    if email.state == "unmatched":
        own = await related.list_leads(conn, "contact_id", contact.id, MOST_LEADS) if contact else []
        latest = await leads.RECORD.list_page(
            conn, leads.LeadFilter(status=[*stages.current().open_keys], limit=MOST_LEADS)
        )
        places = [(str(lead.id), f"{contact.name} · {lead.title}") for lead in own if contact]
        known = {lead.id for lead in own}
        places += [(str(lead.id), f"{lead.name} · {lead.title}") for lead in latest.data if lead.id not in known]
    return {
        "email": email,
        "html": await queries.read_html(conn, email.id),
        "contact": contact,
        "outgoing": await outgoing_queries.find_outgoing(conn, email.id),
        "places": places,
        "values": draft.values if draft else {},
        "errors": draft.errors if draft else {},
        "email_labels": LABELS,
    }


def find_home(email: Email) -> str:
    """The page of the record that an e-mail is attached to, or else its own."""
    if email.lead_id:
        return f"/leads/{email.lead_id}"
    return f"/contacts/{email.contact_id}" if email.contact_id else f"/emails/{email.id}"


async def _page(
    request: Request, conn: Connection, email: Email, draft: Draft[Any] | None = None, status: int = 200
) -> Response:
    home = find_home(email) if email.state == "attached" else INBOX
    values = await read_values(conn, email, draft)
    return views.page(request, "emails/show.html", status=status, home=home, **values)


async def _read_place(conn: Connection, draft: Draft[ChooseRecord]) -> Place | None:
    """The record that was chosen; None if the draft has errors."""
    form = draft.form
    try:
        if form is not None and form.lead_id is not None:
            return Place(lead_id=(await leads.get(conn, form.lead_id)).id)
        if form is not None and form.contact:
            return Place(contact_id=(await contacts.choose(conn, form.contact)).id)
    except NotFoundError:
        draft.add_error("lead_id", "This lead was deleted. Choose another one.")
    except ValidationError as error:
        draft.add_error("contact", error.errors[0].message)
    if not draft.errors:
        draft.add_error("lead_id", "Choose a lead, or write the address or name of a contact.")
    return None
