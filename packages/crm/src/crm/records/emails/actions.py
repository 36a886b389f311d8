"""What happens to e-mails: they are attached to a record, dismissed and restored."""

from __future__ import annotations

from crm.accounts import auth
from crm.kernel.actor import SYSTEM, Actor
from crm.kernel.db import Connection
from crm.kernel.errors import ConflictError, FieldError, ValidationError
from crm.kernel.http.paging import Page, Where
from crm.records import activities, contacts, leads, related
from crm.records.emails import queries
from crm.records.emails.forms import EmailFilter
from crm.records.emails.models import Email, Place
from crm.records.emails.queries import TABLE

MAX_ENTRY = 20_000
"""How much of a message its entry in the timeline holds."""

get = TABLE.get


async def lock(connection: Connection, email_id: int) -> Email:
    """The e-mail, which nobody else can move until the transaction ends. Raises `NotFoundError`."""
    await queries.lock(connection, email_id)
    return await get(connection, email_id)


async def list_emails(connection: Connection, query: EmailFilter) -> Page[Email]:
    """One page of e-mails. Raises `ValidationError` for an unknown sort or cursor."""
    where = Where()
    for name, condition in queries.OF_RECORD.items():
        if (record_id := getattr(query, name)) is not None:
            where.add(condition, record_id)
    if query.state:
        where.add("state = ANY({})", query.state)
    if query.direction:
        where.add("direction = {}", query.direction)
    return await TABLE.page(connection, where, sort=query.sort, limit=query.limit, cursor=query.cursor)


async def attach(connection: Connection, email: Email, place: Place) -> Email:
    """Put an e-mail on the timeline of a lead or a contact, and take it off that of another one.

    An answer by a user moves a new lead to Contacted. Raises `ValidationError` if there is no such record, and
    `ConflictError` if the e-mail is not processed yet.
    """
    if email.state == "received":
        raise ConflictError("This e-mail is still being processed. Reload the page in a moment.")
    if not (place.lead_id or place.contact_id):
        raise ValidationError([FieldError("lead_id", "Say where it belongs: give lead_id or contact_id.")])
    await related.check_references(connection, lead_id=place.lead_id, contact_id=place.contact_id)
    by = await find_author(connection, email)
    await activities.delete_of_email(connection, email.id)
    is_bounce = email.kind == "bounce"
    text = email.problem if is_bounce else email.body or email.subject
    await activities.record(
        connection, kind="system" if is_bounce else "email", body=(text or "(no text)")[:MAX_ENTRY], by=by, at=email.at,
        lead_id=place.lead_id, contact_id=place.contact_id, email_id=email.id,
    )  # fmt: skip
    await queries.set_state(connection, email.id, "attached")
    if by.kind == "person" and place.lead_id:
        lead = await leads.lock(connection, place.lead_id)
        if lead.status == "new" and email.at >= lead.received_at:
            await leads.move(connection, lead, "contacted", by)
    return await get(connection, email.id)


async def detach(connection: Connection, email: Email) -> None:
    """Take an e-mail off its record. It waits in the inbox again."""
    await activities.delete_of_email(connection, email.id)
    await queries.set_state(connection, email.id, "unmatched")


async def dismiss(connection: Connection, email: Email) -> None:
    """Take an e-mail that belongs to no record out of the inbox. Raises `ConflictError` if it does not wait there."""
    if email.state != "unmatched":
        raise ConflictError("Only e-mails that wait in the inbox can be dismissed. Reload the page.")
    await queries.set_state(connection, email.id, "dismissed")


async def restore(connection: Connection, email: Email) -> None:
    """Put a dismissed e-mail back into the inbox. Raises `ConflictError` if it is not dismissed."""
    if email.state != "dismissed":
        raise ConflictError("This e-mail is not dismissed. Reload the page.")
    await queries.set_state(connection, email.id, "unmatched")


async def find_author(connection: Connection, email: Email) -> Actor:
    """Who wrote an e-mail, as timelines name them: a user if we sent it, or else the sender."""
    if email.kind == "bounce":
        return SYSTEM
    if email.direction == "out":
        key = contacts.key_of(email.from_email)
        users = [user for user in await auth.list_users(connection) if contacts.key_of(user.email) == key]
        if users:
            return users[0].actor
    return Actor("visitor", None, email.sender)
