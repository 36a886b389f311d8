"""Deletes companies and restores them."""

from __future__ import annotations

from contextlib import suppress
from functools import partial

from crm.kernel.actor import Actor
from crm.kernel.db import Connection
from crm.kernel.errors import AppError
from crm.records import activities, trash
from crm.records.companies.models import EVENTS, Company
from crm.records.companies.queries import TABLE

delete = partial(activities.delete_with_timeline, table=TABLE, events_of=EVENTS)


async def restore(connection: Connection, company_id: int, *, by: Actor) -> Company:
    """Restore a deleted company with the id it had.

    Raises `NotFoundError` when it is not in the trash, `ConflictError` when another has its domain by now.
    """
    rows = await trash.take(connection, "company", company_id)
    return await activities.restore_with_timeline(connection, TABLE, EVENTS, company_id, rows, unique="domain", by=by)


async def restore_related(connection: Connection, company_id: int, *, by: Actor) -> None:
    """Restore the company of a restored record, if it is in the trash and can come back."""
    if await trash.has(connection, "company", company_id):
        with suppress(AppError):
            async with connection.transaction():
                await restore(connection, company_id, by=by)
