"""Deletes audit entries whose time is over."""

from __future__ import annotations

from datetime import timedelta

from crm.accounts.audit import queries
from crm.kernel import clock
from crm.kernel.db import Connection

MIN_DAYS = 30
"""The database refuses to delete younger entries."""
VISITOR_DAYS = 90
"""Entries about visitors hold the address of a client, so they go earlier."""


async def delete_old(connection: Connection, days: int) -> int:
    """Delete the entries that are older than `days`, and return how many."""
    now, kept = clock.now(), max(days, MIN_DAYS)
    return await queries.delete_before(
        connection, now - timedelta(days=kept), visitors_at=now - timedelta(days=min(kept, VISITOR_DAYS))
    )
