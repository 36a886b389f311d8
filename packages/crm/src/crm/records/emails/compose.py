"""Writing an e-mail: the page, templates and the signature in it, and what is checked before it is sent."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec
from starlette.responses import Response

from crm.accounts import account_mail, auth
from crm.accounts.auth import User
from crm.kernel import clock, views
from crm.kernel.db import Connection
from crm.kernel.errors import FieldError, NotFoundError, ValidationError
from crm.kernel.http import forms
from crm.kernel.http.forms import Draft
from crm.kernel.http.request import Request
from crm.records import activities, contacts, email_templates, files, leads, related
from crm.records.base import PlaceColumn
from crm.records.emails import actions, attached_files, outgoing, outgoing_queries, queries
from crm.records.emails.addresses import build_address
from crm.records.emails.forms import ComposeEmail, ComposeQuery
from crm.records.emails.models import Email, NewMessage, Place
from crm.records.emails.pages import find_home
from crm.values import clean_line, normalize_email
from crm.values.formats import format_stamp

MAX_ADDRESSES = 20
MAX_QUOTED = 10_000
LABELS = {
    "to": "To",
    "cc": "Cc",
    "bcc": "Bcc",
    "subject": "Subject",
    "body": "Text",
    "files": "Files",
    "at_local": "Send at",
}
NO_CARRIER = "No mail leaves this system yet. Set RESEND_API_KEY or SMTP_URL first."


async def show(request: Request) -> Response:
    """The form: empty, for a lead or contact, as an answer, or with a message that was canceled."""
    query = forms.parse_query(request, ComposeQuery)
    async with request.db.connection() as conn:
        values = await _read_draft(conn, query.draft) if query.draft else await _prefill(conn, request, query)
        return await _page(request, conn, Draft(values))


async def send(request: Request) -> Response:
    """Send the message in ten seconds or at its time, or insert the chosen template into the form."""
    draft = await forms.draft(request, ComposeEmail)
    at = activities.read_local_time(request, draft)
    async with request.db.transaction() as conn:
        if draft.values.get("use"):
            await _insert_template(conn, request, draft)
            return await _page(request, conn, draft)
        if at is not None and at <= clock.now():
            draft.add_error("at_local", "Choose a time in the future, or leave it empty to send now.")
        with draft.collect_errors():
            message = await check_message(conn, request, draft.require_form(), at=at)
        if draft.errors:
            return await _page(request, conn, draft)
        user = await _find_writer(conn, request)

        async def store() -> str:
            return str((await outgoing.create(conn, request.app_context, message, user)).id)

        email_id = await auth.post_once(request, conn, store)
    home = find_home(await _read(request, int(email_id)))
    text = (
        "Sending in 10 seconds."
        if at is None
        else f"Scheduled for {format_stamp(at, views.layout_context(request).time_zone)}."
    )
    return views.redirect_with_toast(home, text, undo=f"/emails/{email_id}/cancel")


async def attach(request: Request) -> Response:
    """Upload files to the form, which stays as it is otherwise."""
    upload = await files.read_upload(request)
    draft = await forms.draft(request, ComposeEmail, upload.values)
    draft.errors.clear()
    async with request.db.transaction() as conn:
        added = await attached_files.add(conn, upload.files, request.actor.id, None)
        draft.values["attached"] = [*draft.values.get("attached", ()), *added]
        if errors := upload.errors or ([] if added else [files.NOTHING_CHOSEN]):
            draft.add_error("files", " ".join(errors))
        return await _page(request, conn, draft, upload.status if errors else None)


async def cancel(request: Request) -> Response:
    """Stop a message that is not on its way yet. Its text goes back into the form."""
    async with request.db.transaction() as conn:
        await outgoing.cancel(conn, await actions.lock(conn, request.id))
    return views.redirect_with_toast(f"/emails/new?draft={request.id}", "Not sent. Your text is still here.")


async def send_again(request: Request) -> Response:
    """Send a message again that could not be sent."""
    async with request.db.transaction() as conn:
        email = await actions.lock(conn, request.id)
        await outgoing.send_again(conn, email)
    return views.redirect_with_toast(find_home(await _read(request, email.id)), "Sending again.")


async def check_message(conn: Connection, request: Request, form: ComposeEmail, *, at: Any) -> NewMessage:
    """The message of a form. Raises `ValidationError` with every wrong field."""
    errors: list[FieldError] = []
    addresses = {name: _read_addresses(name, getattr(form, name), errors) for name in ("to", "cc", "bcc")}
    if not addresses["to"] and not errors:
        errors.append(FieldError("to", "Write to at least one address."))
    errors += _find_left(form.subject, form.body)
    if form.files:
        errors.append(FieldError("files", f"{form.files} is not uploaded yet. Choose it again and press Attach."))
    if not account_mail.is_sent(request.app_context):
        errors.append(FieldError("", NO_CARRIER))
    answered = await actions.find(conn, form.answers) if form.answers else None
    place = await _find_place(conn, form, addresses["to"])
    if place is None and not errors:
        errors.append(FieldError("to", "No contact has this address. Add the person as a contact or lead first."))
    if errors or place is None:
        raise ValidationError(errors)
    chosen = await attached_files.choose(conn, form.attached, form.record_files, request.actor.id)
    quoted = _quote(request, answered) if answered and form.quote else ""
    body = form.body.replace("\r\n", "\n").strip()
    return NewMessage(
        **addresses, subject=form.subject, body=body, quoted=quoted, answered=answered, place=place,
        files=chosen, send_at=at,
    )  # fmt: skip


async def _find_place(conn: Connection, form: ComposeEmail, to: list[str]) -> Place | None:
    """The record that the message belongs to: the named one, or else the person who is written to."""
    await related.check_references(conn, lead_id=form.lead_id, contact_id=form.contact_id)
    if form.lead_id:
        return Place(lead_id=form.lead_id)
    contact_id = form.contact_id
    if not contact_id and to and (contact := await contacts.find_by_key(conn, contacts.key_of(to[0]))):
        contact_id = contact.id
    if not contact_id:
        return None
    lead = await leads.find_newest_open(conn, contact_id)
    return Place(lead_id=lead.id) if lead else Place(contact_id=contact_id)


def _read_addresses(name: str, text: str, errors: list[FieldError]) -> list[str]:
    found: list[str] = []
    for part in text.replace(";", ",").replace("\n", ",").split(","):
        if part.strip():
            try:
                found.append(normalize_email(part))
            except ValueError as error:
                errors.append(FieldError(name, f"{part.strip()[:60]}: {error}"))
    if len(found) > MAX_ADDRESSES:
        errors.append(FieldError(name, f"Write to at most {MAX_ADDRESSES} addresses at once."))
    return list(dict.fromkeys(found))


async def _prefill(conn: Connection, request: Request, query: ComposeQuery) -> dict[str, Any]:
    """What the form begins with: the person, the subject of the conversation and the signature."""
    answered = await actions.get(conn, query.answers) if query.answers else None
    lead_id = query.lead_id or (answered.lead_id if answered else None)
    contact_id = query.contact_id or (answered.contact_id if answered else None)
    if answered is None and (lead_id or contact_id):
        answered = await actions.find_latest(conn, lead_id=lead_id, contact_id=None if lead_id else contact_id)
    lead = await leads.get(conn, lead_id) if lead_id else None
    contact = await contacts.get(conn, contact_id) if contact_id and not lead else None
    subject = answered.subject if answered else lead.title if lead else ""
    is_answer = bool(subject) and (answered is not None or lead is not None)
    person = (lead.email if lead else "") or (contact.email if contact else "")
    signature = await queries.read_signature(conn, request.actor.id or 0)
    return {
        "to": (answered.from_email if answered else "") or person,
        "subject": f"Re: {subject}" if is_answer and not subject.lower().startswith("re:") else subject,
        "body": f"\n\n-- \n{signature}" if signature else "",
        "lead_id": lead_id or "",
        "contact_id": contact_id or "",
        "answers": answered.id if answered else "",
        "quote": "1" if answered else "",
    }


async def _read_draft(conn: Connection, email_id: int) -> dict[str, Any]:
    """The values of a message that was canceled."""
    email, found = await actions.get(conn, email_id), await outgoing_queries.find_outgoing(conn, email_id)
    if found is None:
        raise NotFoundError("There is no such draft.")
    answered = await actions.find_answered(conn, email)
    return {
        "to": ", ".join(email.sent_to), "cc": ", ".join(email.cc), "bcc": ", ".join(found.bcc),
        "subject": email.subject, "body": email.body, "lead_id": found.lead_id or "",
        "contact_id": found.contact_id or "", "answers": answered.id if answered else "",
        "quote": "1" if email.quoted else "",
        "attached": [file.id for file in await attached_files.list_of(conn, email_id)],
    }  # fmt: skip


async def _insert_template(conn: Connection, request: Request, draft: Draft[ComposeEmail]) -> None:
    """Put the chosen template above what is typed. Placeholders without a value stay, and the page names them."""
    values = draft.values
    try:
        template = await email_templates.get(conn, int(values.get("template_id") or 0))
    except (ValueError, NotFoundError):
        draft.add_error("template_id", "Choose a template.")
        return
    facts = await _read_facts(conn, request, values)
    text = email_templates.fill_in(template.body, facts)
    values["body"] = f"{text}\n\n{str(values.get('body', '')).strip()}".strip()
    if not values.get("answers"):
        values["subject"] = email_templates.fill_in(template.subject, facts)
    draft.errors.clear()
    for error in _find_left(str(values.get("subject", "")), values["body"]):
        draft.add_error(error.field, error.message)


def _find_left(subject: str, body: str) -> list[FieldError]:
    """An error for each field that still holds a placeholder."""
    return [
        FieldError(name, f"Replace {{{{{left[0]}}}}} with what belongs there.")
        for name, text in (("subject", subject), ("body", body))
        if (left := email_templates.find_placeholders(text))
    ]


async def _read_facts(conn: Connection, request: Request, values: Mapping[str, Any]) -> dict[str, str]:
    """The values of the placeholders for the record of the form."""
    name = company = title = ""
    if str(values.get("lead_id", "")).isdecimal():
        lead = await leads.get(conn, int(values["lead_id"]))
        name, company, title = lead.name, lead.company, lead.title
    elif str(values.get("contact_id", "")).isdecimal():
        contact = await contacts.get(conn, int(values["contact_id"]))
        name, company = contact.name, await related.find_name(conn, "company_id", contact.company_id) or ""
    context = views.layout_context(request)
    return {
        "name": name, "first_name": name.split(maxsplit=1)[0] if name else "", "company": company, "title": title,
        "sender": request.actor.name, "organization": context.organization,
        "booking_link": request.app_context.config.site.links.booking,
    }  # fmt: skip


def _quote(request: Request, email: Email) -> str:
    """The answered message below the text, as mail programs write it."""
    at = format_stamp(email.at, views.layout_context(request).time_zone)
    lines = "\n".join(f"> {line}" for line in email.body[:MAX_QUOTED].splitlines())
    return f"On {at}, {email.sender} wrote:\n{lines}"


async def _page(request: Request, conn: Connection, draft: Draft[Any], status: int | None = None) -> Response:
    values = draft.values
    lead_id, contact_id = (str(values.get(name, "")) for name in ("lead_id", "contact_id"))
    home = f"/leads/{lead_id}" if lead_id else f"/contacts/{contact_id}" if contact_id else "/"
    answered = str(values.get("answers", ""))
    found = await actions.find(conn, int(answered)) if answered.isdecimal() else None
    lead = await leads.find(conn, int(lead_id)) if lead_id.isdecimal() else None
    attached = [int(each) for each in values.get("attached", ()) if str(each).isdecimal()]
    column: PlaceColumn = "lead_id" if lead_id else "contact_id"
    record_id = lead_id or contact_id
    return views.page(
        request, "emails/compose.html", status=status, draft=draft, form_labels=LABELS,
        attached=await attached_files.find(conn, attached, request.actor.id),
        record_files=await files.list_of(conn, column, int(record_id), 20) if record_id.isdecimal() else [],
        picked={str(each) for each in values.get("record_files", ())},
        file_limit_mb=request.app_context.config.file_limit_mb, total_mb=attached_files.MAX_TOTAL // files.MB,
        home=home, answered=found, enquiry=lead if lead and lead.message else None,
        templates=[(each.id, each.name) for each in await email_templates.list_all(conn)],
        address=build_address(request.app_context, "user", request.actor.id or 0),
        bounce=await _find_bounce(conn, str(values.get("to", ""))),
        warning="" if account_mail.is_sent(request.app_context) else NO_CARRIER,
    )  # fmt: skip


async def _find_bounce(conn: Connection, to: str) -> Any:
    contact = await contacts.find_by_key(conn, contacts.key_of(clean_line(to)))
    return await related.find_bounce(conn, contact.id) if contact else None


async def _find_writer(conn: Connection, request: Request) -> User:
    return next(user for user in await auth.list_users(conn) if user.id == request.actor.id)


async def _read(request: Request, email_id: int) -> Email:
    """An e-mail with the record that it will be attached to."""
    async with request.db.connection() as conn:
        email, found = await actions.get(conn, email_id), await outgoing_queries.find_outgoing(conn, email_id)
    return msgspec.structs.replace(email, lead_id=found.lead_id, contact_id=found.contact_id) if found else email
