"""The SQL of change sets."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from crm.kernel.actor import Actor
from crm.kernel.db import Connection
from crm.kernel.http.list_totals import Totals
from crm.kernel.http.paging import Listing, Sort, Where
from crm.records.change_sets.models import Change, ChangeSet

_COLUMNS = """id, by_kind, by_id, by_name, at, own, undone_at, undone_by,
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
    own: bool,
) -> int:
    """Add a change, with its change set if there is none of this id. Returns the id of the change set.

    A record that is changed twice in a row has one change.
    """
    found: int = await connection.fetchval(
        """
        WITH change_set AS (
            INSERT INTO change_sets (id, by_kind, by_id, by_name, at, own)
            VALUES (coalesce($1, nextval(pg_get_serial_sequence('change_sets', 'id'))), $2, $3, $4, $5, $12)
            ON CONFLICT (id) DO UPDATE SET at = excluded.at, own = change_sets.own AND excluded.own
            RETURNING id
        ),
        merged AS (
            UPDATE changes
            SET before = $10::jsonb || before, after = after || $11::jsonb
            WHERE $9 = 'changed' AND verb = 'changed' AND id = (
                SELECT max(id) FROM changes WHERE change_set_id = $1 AND noun = $6 AND record_id = $7
            )
            RETURNING id
        ),
        added AS (
            INSERT INTO changes (change_set_id, noun, record_id, name, verb, before, after)
            SELECT id, $6, $7, $8, $9, $10, $11
            FROM change_set
            WHERE NOT EXISTS (SELECT FROM merged)
        )
        SELECT id FROM change_set
        """,
        change_set_id, by.kind, by.id, by.name, at, noun, record_id, name, verb, before, after, own,
    )  # fmt: skip
    return found


def select_visible(by: Actor) -> Where:
    """The conditions of the change sets that somebody sees: not those that only concern another person."""
    where = Where()
    where.add("(NOT own OR by_kind = {} AND by_id = {})", by.kind, by.id)
    return where


async def lock(connection: Connection, change_set_id: int, by: Actor) -> ChangeSet | None:
    """The change set, if `by` sees it, locked until the transaction ends."""
    where = select_visible(by)
    where.add("id = {}", change_set_id)
    row = await connection.fetchrow(f"SELECT {_COLUMNS} FROM change_sets WHERE {where} FOR UPDATE", *where.values)
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


async def list_nouns(connection: Connection, change_set_id: int) -> list[str]:
    """The kinds of records that a change set changed."""
    rows = await connection.fetch("SELECT DISTINCT noun FROM changes WHERE change_set_id = $1", change_set_id)
    return [row["noun"] for row in rows]


async def mark_undone(connection: Connection, change_set_id: int, by_name: str, at: datetime) -> None:
    await connection.execute(
        "UPDATE change_sets SET undone_at = $2, undone_by = $3 WHERE id = $1", change_set_id, at, by_name
    )


async def delete_before(connection: Connection, before: datetime) -> int:
    """Delete the change sets from before then, and return how many."""
    rows = await connection.fetch("DELETE FROM change_sets WHERE at < $1 RETURNING id", before)
    return len(rows)


async def delete_of_records(connection: Connection, noun: str, ids: Sequence[int]) -> None:
    """Delete the change sets with a change of these records, or of an activity or file of them."""
    await connection.execute(
        """
        DELETE FROM change_sets
        WHERE id IN (
            SELECT change_set_id
            FROM changes
            WHERE noun = $1 AND record_id = ANY ($2)
               OR noun IN ('activity', 'file') AND coalesce(before ->> $3, after ->> $3) = ANY ($2::text[])
        )
        """,
        noun, ids, f"{noun}_id",
    )  # fmt: skip
