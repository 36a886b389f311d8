"""The SQL of change sets."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from crm.kernel.actor import Actor
from crm.kernel.db import Connection
from crm.kernel.http.list_totals import Totals
from crm.kernel.http.paging import Listing, Sort
from crm.records.change_sets.models import Change, ChangeSet

_COLUMNS = """id, by_kind, by_id, by_name, at, undone_at, undone_by,
    (SELECT count(*) FROM changes WHERE change_set_id = change_sets.id) AS size,
    (SELECT coalesce(jsonb_agg(to_jsonb(shown)), '[]')
     FROM (SELECT verb, noun, record_id, name FROM changes WHERE change_set_id = change_sets.id ORDER BY id LIMIT 3)
          AS shown) AS first"""
LISTING: Listing[ChangeSet] = Listing(
    table="change_sets", columns=_COLUMNS, build=ChangeSet, sorts={"at": Sort("at", datetime)}, default="-at",
    totals=Totals(),
)  # fmt: skip


async def insert(
    connection: Connection,
    change_set_id: int | None,
    by: Actor,
    at: datetime,
    *,
    noun: str,
    record_id: int,
    name: str,
    verb: str,
    before: dict[str, Any],
    after: dict[str, Any],
) -> int:
    """Add a change, with its change set if there is none of this id. Returns the id of the change set."""
    found: int = await connection.fetchval(
        """
        WITH change_set AS (
            INSERT INTO change_sets (id, by_kind, by_id, by_name, at)
            VALUES (coalesce($1, nextval(pg_get_serial_sequence('change_sets', 'id'))), $2, $3, $4, $5)
            ON CONFLICT (id) DO UPDATE SET at = excluded.at
            RETURNING id
        )
        INSERT INTO changes (change_set_id, noun, record_id, name, verb, before, after)
        SELECT id, $6, $7, $8, $9, $10, $11
        FROM change_set
        RETURNING change_set_id
        """,
        change_set_id, by.kind, by.id, by.name, at, noun, record_id, name, verb, before, after,
    )  # fmt: skip
    return found


async def lock(connection: Connection, change_set_id: int) -> ChangeSet | None:
    """The change set, locked until the transaction ends."""
    row = await connection.fetchrow(f"SELECT {_COLUMNS} FROM change_sets WHERE id = $1 FOR UPDATE", change_set_id)
    return ChangeSet(*row) if row else None


async def list_changes(connection: Connection, change_set_id: int, limit: int | None = None) -> list[Change]:
    """The changes of a change set, in their order; of many the first."""
    rows = await connection.fetch(
        """
        SELECT id, noun, record_id, name, verb, before, after
        FROM changes
        WHERE change_set_id = $1
        ORDER BY id
        LIMIT $2
        """,
        change_set_id, limit,
    )  # fmt: skip
    return [Change(*row) for row in rows]


async def list_changes_of(connection: Connection, change_set_id: int, noun: str, record_id: int) -> list[Change]:
    """The changes of one record in a change set, in their order."""
    rows = await connection.fetch(
        """
        SELECT id, noun, record_id, name, verb, before, after
        FROM changes
        WHERE change_set_id = $1 AND noun = $2 AND record_id = $3
        ORDER BY id
        """,
        change_set_id, noun, record_id,
    )  # fmt: skip
    return [Change(*row) for row in rows]


async def mark_undone(connection: Connection, change_set_id: int, by_name: str, at: datetime) -> None:
    await connection.execute(
        "UPDATE change_sets SET undone_at = $2, undone_by = $3 WHERE id = $1", change_set_id, at, by_name
    )


async def delete_before(connection: Connection, before: datetime) -> int:
    """Delete the change sets from before then, and return how many."""
    rows = await connection.fetch("DELETE FROM change_sets WHERE at < $1 RETURNING id", before)
    return len(rows)


async def delete_of_record(connection: Connection, noun: str, record_id: int) -> None:
    """Delete the change sets with a change of this record, or of an activity about it."""
    await connection.execute(
        """
        DELETE FROM change_sets
        WHERE id IN (
            SELECT change_set_id
            FROM changes
            WHERE noun = $1 AND record_id = $2
               OR noun = 'activity' AND coalesce(before ->> $3, after ->> $3) = $2::text
        )
        """,
        noun, record_id, f"{noun}_id",
    )  # fmt: skip
