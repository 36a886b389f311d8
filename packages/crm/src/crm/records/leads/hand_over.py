"""Hands the open leads of one user over to another, when the first one leaves."""

from __future__ import annotations

from crm.accounts.auth import User
from crm.kernel import clock
from crm.kernel.actor import Actor
from crm.kernel.db import Connection
from crm.records import activities

_HAND_OVER = f"""
    WITH changed AS (
        UPDATE leads
        SET owner_id = $2, version = version + 1, updated_at = $3
        WHERE owner_id = $1 AND status NOT IN ('won', 'lost')
        RETURNING id AS lead_id, contact_id, company_id
    ), written AS ({activities.insert_sql(
        kind="'system'", body="$4::text", by_kind="$5::text", by_id="$6", by_name="$7::text", at="$3", now="$3",
        places="changed",
    )})
    SELECT count(*) FROM written
"""  # noqa: S608 our own SQL  # fmt: skip


async def hand_over(connection: Connection, owner: User, successor: User | None, *, by: Actor) -> int:
    """Give the open leads of `owner` to `successor`, or to nobody, and say so in their timelines. Returns how many."""
    body = f"{by.name} handed it over from {owner.name} to {successor.name if successor else 'nobody'}."
    number: int = await connection.fetchval(
        _HAND_OVER, owner.id, successor.id if successor else None, clock.now(), body, by.kind, by.id, by.name
    )
    return number
