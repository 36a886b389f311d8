"""The SQL of activities."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from crm.kernel.actor import Actor
from crm.kernel.db import Connection
from crm.kernel.http.paging import Where
from crm.records import change_sets
from crm.records.activities.models import Activity, Kind
from crm.records.base import table
from crm.records.related import places_sql

TABLE = table("activity", "activities", Activity, sorts=["created_at"], default_sort="-created_at")
COLUMNS = TABLE.columns


_INSERT = f"""
    INSERT INTO activities (kind, body, by_kind, by_id, by_name, at, lead_id, contact_id, company_id, created_at,
                            updated_at, email_id, change_set_id)
    SELECT $1, $2, $3, $4, $5, $6, place.lead_id, place.contact_id, place.company_id, $10, $10, $11, $12
    FROM ({places_sql(lead="$7", contact="$8", company="$9")}) AS place
    RETURNING {COLUMNS}
"""


def answered_at_sql(lead_id: str) -> str:
    """A subquery: when a user first called, wrote, met or moved the lead `lead_id`; null before that."""
    return f"""(
        SELECT min(activities.at)
        FROM activities
        WHERE activities.lead_id = {lead_id} AND by_kind = 'person' AND kind IN ('call', 'email', 'meeting', 'status')
    )"""


def last_activity_sql(lead_id: str) -> str:
    """A subquery: the time of the newest activity of the lead `lead_id`; null without any."""
    return f"(SELECT max(activities.at) FROM activities WHERE activities.lead_id = {lead_id})"


async def insert(
    connection: Connection,
    *,
    kind: Kind,
    body: str,
    by: Actor,
    at: datetime,
    lead_id: int | None,
    contact_id: int | None,
    company_id: int | None,
    email_id: int | None,
    now: datetime,
) -> Activity:
    row = await connection.fetchrow(
        _INSERT, kind, body, by.kind, by.id, by.name, at, lead_id, contact_id, company_id, now, email_id,
        change_sets.current_id(),
    )  # fmt: skip
    return Activity(*row)


async def delete_of_email(connection: Connection, email_id: int) -> None:
    """Take an e-mail off every timeline."""
    await connection.execute("DELETE FROM activities WHERE email_id = $1", email_id)


async def insert_created(
    connection: Connection,
    body: str,
    by: Actor,
    places: Sequence[tuple[int, int | None, int | None, datetime]],
    now: datetime,
) -> None:
    """Add the same entry to several leads. Each place is the lead, its contact and company, and the time."""
    await connection.execute(
        """
        INSERT INTO activities (kind, body, by_kind, by_id, by_name, at, lead_id, contact_id, company_id, created_at,
                                updated_at, change_set_id)
        SELECT 'system', $1, $2, $3, $4, at, lead_id, contact_id, company_id, $5, $5, $10
        FROM unnest($6::bigint[], $7::bigint[], $8::bigint[], $9::timestamptz[])
             AS place (lead_id, contact_id, company_id, at)
        """,
        body, by.kind, by.id, by.name, now, *zip(*places, strict=True), change_sets.current_id(),
    )  # fmt: skip


async def list_newest(
    connection: Connection, column: str, record_id: int, *, limit: int, below: tuple[datetime, int] | None = None
) -> list[Activity]:
    """The newest activities of one record, those before the time and id `below`."""
    where = Where()
    where.add(f"{column} = {{}}", record_id)
    if below is not None:
        where.add("(at, id) < ({}, {})", *below)
    rows = await connection.fetch(
        f"""
        SELECT {COLUMNS}
        FROM activities
        WHERE {where}
        ORDER BY at DESC, id DESC
        LIMIT {where.mark(limit)}
        """,
        *where.values,
    )
    return [Activity(*row) for row in rows]


async def move_written(connection: Connection, from_lead: int, to_lead: int, kinds: Sequence[Kind]) -> list[int]:
    """Move the activities of these kinds from one lead to another. Returns their ids."""
    rows = await connection.fetch(
        "UPDATE activities SET lead_id = $2 WHERE lead_id = $1 AND kind = ANY($3) RETURNING id",
        from_lead, to_lead, kinds,
    )  # fmt: skip
    return [row["id"] for row in rows]


async def move_back(
    connection: Connection, activity_ids: list[int], from_lead: int, to_lead: int, note_id: int
) -> None:
    """Move these activities to another lead, and delete a note unless somebody has changed it."""
    await connection.execute(
        "UPDATE activities SET lead_id = $3 WHERE lead_id = $2 AND id = ANY($1)", activity_ids, from_lead, to_lead
    )
    await connection.execute(
        "DELETE FROM activities WHERE id = $1 AND lead_id = $2 AND version = 1", note_id, from_lead
    )


async def detach(connection: Connection, column: str, record_id: int) -> None:
    """Take a record off the activities that also show elsewhere, so that they outlive it."""
    others = " OR ".join(f"{other} IS NOT NULL" for other in ("lead_id", "contact_id", "company_id") if other != column)
    await connection.execute(f"UPDATE activities SET {column} = NULL WHERE {column} = $1 AND ({others})", record_id)


async def attach(connection: Connection, column: str, record_id: int, activity_ids: list[int]) -> None:
    """Put a record on those of the activities that still exist and have none in `column`."""
    await connection.execute(
        f"UPDATE activities SET {column} = $1 WHERE id = ANY($2) AND {column} IS NULL", record_id, activity_ids
    )
