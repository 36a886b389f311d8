"""Deleting contacts, and taking that back."""

from __future__ import annotations

from datetime import datetime

from crm import activities, companies, trash
from crm.contacts import queries
from crm.contacts.events import ContactDeleted, ContactRestored
from crm.contacts.models import Contact
from crm.kernel import events
from crm.kernel.actor import Actor
from crm.kernel.db import Connection
from crm.kernel.errors import ConflictError
from crm.kernel.views import plural

TABLES = {"contacts": "id", "activities": "contact_id"}
"""What goes with a contact, and comes back with it; lines that also show elsewhere stay there."""


async def obstacle(connection: Connection, contact: Contact) -> str:
    """What keeps the contact from being deleted, as a sentence; empty when nothing does."""
    leads = await queries.leads_of(connection, contact.id)
    if not leads:
        return ""
    verb = "points" if leads == 1 else "point"
    return f"{plural(leads, 'lead')} still {verb} to {contact.name}. Move or delete them first."


async def remove(connection: Connection, contact: Contact, *, by: Actor) -> None:
    """Delete a contact that `lock` gave. Raises `ConflictError` while leads point to it.

    Until its time in the trash is over, `restore` takes it back.
    """
    if said := await obstacle(connection, contact):
        raise ConflictError(said)
    await trash.keep(connection, "contact", contact.id, contact.name, tables=TABLES, by=by)
    await activities.detach(connection, contact_id=contact.id)
    await queries.delete(connection, contact.id)
    await events.publish(connection, ContactDeleted(contact=contact, by=by))


async def restore(connection: Connection, number: int, *, by: Actor) -> Contact:
    """Bring a deleted contact back under its number.

    Raises `NotFoundError` when it is not in the trash, `ConflictError` when another has its address by now.
    """
    rows = await trash.take(connection, "contact", number)
    for row in rows["contacts"]:
        if row["company_id"]:
            await companies.restore_too(connection, row["company_id"], by=by)
    await trash.put_back(connection, "contacts", rows["contacts"])
    contact = await queries.find(connection, number)
    if contact is None:
        name = rows["contacts"][0]["name"]
        raise ConflictError(f"{name} cannot come back: another contact has the address by now. Change that one first.")
    await activities.put_back(connection, rows["activities"], contact_id=number)
    said = f"{by.name} brought this contact back from the trash."
    await activities.record(connection, kind="system", body=said, by=by, contact_id=number)
    await events.publish(connection, ContactRestored(contact=contact, by=by))
    return contact


async def forget_made_with(connection: Connection, number: int | None, at: datetime) -> None:
    """Remove the contact a synthetic lead made at `at`, unless something else needs it by now."""
    await queries.delete_made_with(connection, number, at)
