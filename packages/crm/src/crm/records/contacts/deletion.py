"""Deletes contacts and restores them."""

from __future__ import annotations

from functools import partial

from crm.kernel.actor import Actor
from crm.kernel.db import Connection
from crm.records import activities, companies, trash
from crm.records.contacts.models import EVENTS, Contact
from crm.records.contacts.queries import TABLE

delete = partial(activities.delete_with_timeline, table=TABLE, events_of=EVENTS)


async def restore(connection: Connection, contact_id: int, *, by: Actor) -> Contact:
    """Restore a deleted contact with the id it had.

    Raises `NotFoundError` when it is not in the trash, `ConflictError` when another has its address by now.
    """
    rows = await trash.take(connection, "contact", contact_id)
    for row in rows["contacts"]:
        if row["company_id"]:
            await companies.restore_related(connection, row["company_id"], by=by)
    return await activities.restore_with_timeline(connection, TABLE, EVENTS, contact_id, rows, unique="address", by=by)
