"""Deleting leads, and taking that back."""

from __future__ import annotations

from datetime import timedelta

from crm import activities, companies, contacts, trash
from crm.kernel import clock, events
from crm.kernel.actor import Actor
from crm.kernel.db import Connection
from crm.kernel.errors import AppError
from crm.leads import actions, queries
from crm.leads.events import LeadDeleted, LeadRestored
from crm.leads.models import Lead, public

TABLES = {"leads": "id", "activities": "lead_id", "submissions": "lead_id"}
"""What goes with a lead, and comes back with it."""
FORGOTTEN_AFTER = timedelta(hours=1)
"""A synthetic lead that whoever sent it has not removed by then is left over."""


async def remove(connection: Connection, lead: Lead, *, by: Actor) -> None:
    """Delete a lead, its timeline and the enquiry it came from; its contact and company stay.

    Until its time in the trash is over, `restore` takes it back.
    """
    if not lead.synthetic:
        await trash.keep(connection, "lead", lead.id, lead.name, tables=TABLES, by=by)
    await queries.delete(connection, lead.id)
    await events.publish(connection, LeadDeleted(lead=public(lead), by=by))


async def restore(connection: Connection, number: int, *, by: Actor) -> Lead:
    """Bring a deleted lead back under its number, with the contact it had where that was deleted after it.

    Raises `NotFoundError` when it is not in the trash.
    """
    rows = await trash.take(connection, "lead", number)
    for row in rows["leads"]:
        if row["contact_id"] and await trash.has(connection, "contact", row["contact_id"]):
            row["contact_id"] = await _contact_again(connection, row["contact_id"], row["email"], by)
        if row["company_id"]:
            await companies.restore_too(connection, row["company_id"], by=by)
    for table in TABLES:
        await trash.put_back(connection, table, rows[table])
    lead = await actions.get(connection, number)
    said = f"{by.name} brought it back from the trash."
    await activities.record(connection, kind="system", body=said, by=by, lead_id=lead.id)
    await events.publish(connection, LeadRestored(lead=public(lead), by=by))
    return lead


async def forget_synthetic(connection: Connection, reference: str | None = None) -> int:
    """Remove the synthetic lead with this reference, with what was made for it; without one, all that were left.

    Nobody is told, since nobody was told of them. Says how many.
    """
    gone = await queries.delete_synthetic(connection, reference, clock.now() - FORGOTTEN_AFTER)
    for lead in gone:
        await contacts.forget_made_with(connection, lead.contact_id, lead.created_at)
        await companies.forget_made_with(connection, lead.company_id, lead.created_at)
    return len(gone)


async def _contact_again(connection: Connection, number: int, email: str, by: Actor) -> int | None:
    """The contact with this number or, where somebody else has its address by now, that one."""
    key = contacts.key_of(email)
    if key and (other := await contacts.by_key(connection, key)):
        return other.id
    try:
        async with connection.transaction():
            return (await contacts.restore(connection, number, by=by)).id
    except AppError:
        return None
