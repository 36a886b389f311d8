"""The SQL of bulk changes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Any

import msgspec

from crm.kernel import clock
from crm.kernel.actor import Actor
from crm.kernel.db import Connection
from crm.kernel.http.paging import Where
from crm.records.base import Table
from crm.workspace.bulk_changes.models import MOST, BulkChange, ChangeRow

KEPT = timedelta(days=30)
"""How long a change can be undone."""
BATCH = 50
_BEFORE = {
    "assign": "to_jsonb(owner_id)", "move": "to_jsonb(status)",
    "next_step": "jsonb_build_array(next_action, next_action_on)",
}  # fmt: skip
"""What the action replaces, of those that may meet another change meanwhile."""
_STATES = ("waiting", "done", "skipped", "failed")


async def count(connection: Connection, table: Table[Any], where: Where) -> int:
    """How many records match, at most one more than a change may concern."""
    number: int = await connection.fetchval(
        f"SELECT count(*) FROM (SELECT FROM {table.table} WHERE {where} LIMIT {MOST + 1}) AS matching", *where.values
    )
    return number


def select_rows(table: Table[Any], action: str, where: Where) -> str:
    """The SQL of the ids of all records that match, and of what the action replaces."""
    return f"SELECT id, coalesce({_BEFORE.get(action, 'NULL')}, 'null'::jsonb) FROM {table.table} WHERE {where}"


async def insert(
    connection: Connection,
    noun: str,
    action: str,
    value: dict[str, Any],
    *,
    rows: str,
    values: Sequence[Any],
    by: Actor,
) -> int:
    """Note a change of the records that the SQL `rows` gives. Forget those that are too old to undo."""
    now = clock.now()
    await connection.execute("DELETE FROM bulk_changes WHERE created_at < $1", now - KEPT)
    change_id: int = await connection.fetchval(
        """
        INSERT INTO bulk_changes (noun, action, value, actor, state, created_at)
        VALUES ($1, $2, $3, $4, 'running', $5)
        RETURNING id
        """,
        noun, action, value, msgspec.to_builtins(by), now,
    )  # fmt: skip
    await connection.execute(
        f"""
        INSERT INTO bulk_change_rows (change_id, lead_id, before)
        SELECT ${len(values) + 1}, id, before
        FROM ({rows}) AS given (id, before)
        """,
        *values, change_id,
    )  # fmt: skip
    return change_id


async def add_missing(connection: Connection, change_id: int, ids: Sequence[int], noun: str) -> None:
    """Note the records that do not exist as left out."""
    await connection.execute(
        """
        INSERT INTO bulk_change_rows (change_id, lead_id, before, state, message)
        SELECT $1, id, 'null', 'failed', $3
        FROM unnest($2::bigint[]) AS id
        ON CONFLICT DO NOTHING
        """,
        change_id, ids, f"There is no such {noun}.",
    )  # fmt: skip


async def find(connection: Connection, change_id: int) -> BulkChange | None:
    """The change with its numbers."""
    counts = ", ".join(
        f"(SELECT count(*) FROM bulk_change_rows WHERE change_id = id AND bulk_change_rows.state = '{state}')"
        for state in _STATES
    )
    row = await connection.fetchrow(
        f"""
        SELECT id, noun, action, value, state, created_at, finished_at, change_set_id,
               coalesce((SELECT undone_by FROM change_sets WHERE id = change_set_id), ''),
               (SELECT count(*) FROM bulk_change_rows WHERE change_id = id), {counts}
        FROM bulk_changes
        WHERE id = $1
        """,
        change_id,
    )
    return BulkChange(*row) if row else None


async def find_undo(connection: Connection, change_set_id: int) -> int | None:
    """The id of the newest change that undoes a change set."""
    change_id: int | None = await connection.fetchval(
        "SELECT max(id) FROM bulk_changes WHERE action = 'undo' AND (value ->> 'change_set_id')::bigint = $1",
        change_set_id,
    )
    return change_id


async def is_running(connection: Connection, change_set_id: int) -> bool:
    """Whether a change that has not ended writes to this change set."""
    running: bool = await connection.fetchval(
        "SELECT EXISTS (SELECT FROM bulk_changes WHERE change_set_id = $1 AND state = 'running')", change_set_id
    )
    return running


async def read_actor(connection: Connection, change_id: int) -> Actor:
    """Who made the change."""
    actor = await connection.fetchval("SELECT actor FROM bulk_changes WHERE id = $1", change_id)
    return msgspec.convert(actor, Actor)


async def take_rows(connection: Connection, change_id: int, *, descending: bool = False) -> list[ChangeRow]:
    """Lock the next waiting rows that nobody else works on."""
    rows = await connection.fetch(
        f"""
        SELECT lead_id, before
        FROM bulk_change_rows
        WHERE change_id = $1 AND state = 'waiting'
        ORDER BY lead_id {"DESC" if descending else ""}
        LIMIT $2
        FOR UPDATE SKIP LOCKED
        """,
        change_id, BATCH,
    )  # fmt: skip
    return [ChangeRow(*row) for row in rows]


async def note_rows(connection: Connection, change_id: int, results: Iterable[tuple[int, str, str]]) -> None:
    """Note for records how it went: the state, and why one was left out."""
    ids, states, messages = zip(*results, strict=True)
    await connection.execute(
        """
        UPDATE bulk_change_rows
        SET state = given.state, message = given.message
        FROM unnest($2::bigint[], $3::text[], $4::text[]) AS given (id, state, message)
        WHERE change_id = $1 AND bulk_change_rows.lead_id = given.id
        """,
        change_id, list(ids), list(states), list(messages),
    )  # fmt: skip


async def finish(connection: Connection, change_id: int) -> None:
    """Note that nothing is left to do. A row that another worker has in its hands is still to do."""
    await connection.execute(
        """
        UPDATE bulk_changes
        SET state = 'done', finished_at = $2
        WHERE id = $1 AND state = 'running'
          AND NOT EXISTS (
              SELECT FROM bulk_change_rows WHERE change_id = $1 AND bulk_change_rows.state = 'waiting'
          )
        """,
        change_id, clock.now(),
    )  # fmt: skip


async def list_left_out(connection: Connection, change_id: int, limit: int) -> list[ChangeRow]:
    """The records that were left out, and why."""
    rows = await connection.fetch(
        """
        SELECT lead_id, before, message
        FROM bulk_change_rows
        WHERE change_id = $1 AND state = 'failed'
        ORDER BY lead_id
        LIMIT $2
        """,
        change_id, limit,
    )  # fmt: skip
    return [ChangeRow(*row) for row in rows]


async def read_records(connection: Connection, table: Table[Any], ids: Sequence[int]) -> dict[int, Any]:
    """Those of these records that exist, by id."""
    rows = await connection.fetch(f"SELECT {table.columns} FROM {table.table} WHERE id = ANY($1)", ids)
    return {record.id: record for record in (table.build(*row) for row in rows)}
