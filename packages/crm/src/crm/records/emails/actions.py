"""What happens to e-mails: they are attached to a record, dismissed and restored."""

from __future__ import annotations

from crm.accounts import auth
from crm.kernel.actor import SYSTEM, Actor
from crm.kernel.db import Connection
from crm.kernel.errors import ConflictError, FieldError, ValidationError
from crm.kernel.http.paging import Page, Where
from crm.records import activities, contacts, leads, related, stages
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


async def find(connection: Connection, email_id: int) -> Email | None:
    """The e-mail, or None."""
    return await TABLE.find(connection, email_id)


async def find_latest(
    connection: Connection, *, lead_id: int | None = None, contact_id: int | None = None
) -> Email | None:
    """The newest message that a person of this record wrote."""
    query = EmailFilter(lead_id=lead_id, contact_id=contact_id, direction="in", limit=5)
    return next((each for each in (await list_emails(connection, query)).data if each.kind == "message"), None)


async def find_answered(connection: Connection, email: Email) -> Email | None:
    """The e-mail that another one answers, if we have it."""
    return await TABLE.find_by(connection, "message_id", email.in_reply_to)


async def list_emails(connection: Connection, query: EmailFilter) -> Page[Email]:
    """One page of e-mails. Raises `ValidationError` for an unknown sort or cursor."""
    where = Where()
    where.add_given(query, queries.OF_RECORD)
    if len(query.state) == 1:
        # As a plain comparison the index of those that wait is used.
        where.add("state = {}", query.state[0])
    elif query.state:
        where.add("state = ANY({})", query.state)
    where.add_given(query, {"direction": "direction = {}"})
    return await TABLE.page(connection, where, sort=query.sort, limit=query.limit, cursor=query.cursor)


async def attach(connection: Connection, email: Email, place: Place, *, by: Actor | None = None) -> Email:
    """Put an e-mail on the timeline of a lead or a contact, and take it off that of another one.

    An answer by a user moves a new lead to the next stage, Contacted. `by` is who wrote it, where the address does not
    tell. Raises `ValidationError` if there is no such record, and `ConflictError` if it is not processed yet.
    """
    if email.state == "received":
        raise ConflictError("This e-mail is still being processed. Reload the page in a moment.")
    if not (place.lead_id or place.contact_id):
        raise ValidationError([FieldError("lead_id", "Say where it belongs: give lead_id or contact_id.")])
    await related.check_references(connection, lead_id=place.lead_id, contact_id=place.contact_id)
    by = by or await find_author(connection, email)
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
        if lead.status == stages.ENTRY and email.at >= lead.received_at:
            # Stages can be renamed and deleted: it goes to the one behind that of new leads, if there is one.
            later = [each.key for each in (await stages.read(connection)).open if each.key != stages.ENTRY]
            if later:
                await leads.move(connection, lead, later[0], by)
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
