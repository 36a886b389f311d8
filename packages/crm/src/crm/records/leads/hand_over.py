"""Hands the open leads and tasks of one user over to another, when the first one leaves or may only read."""

from __future__ import annotations

import msgspec

from crm.accounts.auth import User
from crm.kernel import clock
from crm.kernel.actor import Actor
from crm.kernel.db import Connection
from crm.records import activities, tasks


class HandedOver(msgspec.Struct, frozen=True):
    """How much was handed over. The tasks include the next steps of the leads."""

    leads: int
    tasks: int


async def hand_over(connection: Connection, owner: User, successor: User | None, *, by: Actor) -> HandedOver:
    """Give the open leads and tasks of `owner` to `successor`, or to nobody.

    The timelines of the leads say so.
    """
    now = clock.now()
    rows = await connection.fetch(
        """
        UPDATE leads
        SET owner_id = $2, version = version + 1, updated_at = $3
        WHERE owner_id = $1 AND status NOT IN ('won', 'lost')
        RETURNING id, contact_id, company_id
        """,
        owner.id, successor.id if successor else None, now,
    )  # fmt: skip
    number = await tasks.reassign(connection, owner.id, successor.id if successor else None)
    if rows:
        body = f"{by.name} handed it over from {owner.name} to {successor.name if successor else 'nobody'}."
        await activities.insert_created(connection, body, by, [(*row, now) for row in rows], now)
    return HandedOver(len(rows), number)
