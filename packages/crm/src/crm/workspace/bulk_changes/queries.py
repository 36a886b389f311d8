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
from crm.workspace.bulk_changes.models import MOST, BulkChange, ChangeRow

KEPT = timedelta(days=30)
"""How long a change can be undone."""
BATCH = 50
_BEFORE = {
    "assign": "to_jsonb(owner_id)", "move": "to_jsonb(status)", "tag": "'null'::jsonb", "untag": "'null'::jsonb",
    "delete": "'null'::jsonb",
}  # fmt: skip
_STATES = ("waiting", "done", "skipped", "failed", "undone", "kept")


async def count(connection: Connection, where: Where) -> int:
    """How many leads match, at most one more than a change may concern."""
    number: int = await connection.fetchval(
        f"SELECT count(*) FROM (SELECT FROM leads WHERE {where} LIMIT {MOST + 1}) AS matching", *where.values
    )
    return number


async def list_sample(connection: Connection, where: Where, limit: int) -> list[tuple[int, str]]:
    """The id and title of the newest leads that match."""
    rows = await connection.fetch(
        f"""
        SELECT id, lead_title(title, message, name)
        FROM leads
        WHERE {where}
        ORDER BY created_at DESC, id DESC
        LIMIT {int(limit)}
        """,
        *where.values,
    )
    return [tuple(row) for row in rows]


async def insert(connection: Connection, action: str, value: dict[str, Any], by: Actor, where: Where) -> int:
    """Note a change of all leads that match, and what they are now. Forget those that are too old to undo."""
    now = clock.now()
    await connection.execute("DELETE FROM bulk_changes WHERE created_at < $1", now - KEPT)
    change_id: int = await connection.fetchval(
        """
        INSERT INTO bulk_changes (action, value, actor, state, created_at)
        VALUES ($1, $2, $3, 'running', $4)
        RETURNING id
        """,
        action, value, msgspec.to_builtins(by), now,
    )  # fmt: skip
    change = where.mark(change_id)
    await connection.execute(
        f"""
        INSERT INTO bulk_change_rows (change_id, lead_id, before)
        SELECT {change}, id, coalesce({_BEFORE[action]}, 'null'::jsonb)
        FROM leads
        WHERE {where}
        """,
        *where.values,
    )
    return change_id


async def add_missing(connection: Connection, change_id: int, lead_ids: Sequence[int]) -> None:
    """Note the leads that do not exist as left out."""
    await connection.execute(
        """
        INSERT INTO bulk_change_rows (change_id, lead_id, before, state, message)
        SELECT $1, lead_id, 'null', 'failed', 'There is no such lead.'
        FROM unnest($2::bigint[]) AS lead_id
        ON CONFLICT DO NOTHING
        """,
        change_id, lead_ids,
    )  # fmt: skip


async def find(connection: Connection, change_id: int) -> BulkChange | None:
    """The change with its numbers."""
    counts = ", ".join(
        f"(SELECT count(*) FROM bulk_change_rows WHERE change_id = id AND bulk_change_rows.state = '{state}')"
        for state in _STATES
    )
    row = await connection.fetchrow(
        f"""
        SELECT id, action, value, state, created_at, finished_at,
               (SELECT count(*) FROM bulk_change_rows WHERE change_id = id), {counts}
        FROM bulk_changes
        WHERE id = $1
        """,
        change_id,
    )
    return BulkChange(*row) if row else None


async def read_actor(connection: Connection, change_id: int) -> Actor:
    """Who made the change."""
    actor = await connection.fetchval("SELECT actor FROM bulk_changes WHERE id = $1", change_id)
    return msgspec.convert(actor, Actor)


async def take_rows(connection: Connection, change_id: int, state: str) -> list[ChangeRow]:
    """Lock the next leads in this state that nobody else works on."""
    rows = await connection.fetch(
        """
        SELECT lead_id, before
        FROM bulk_change_rows
        WHERE change_id = $1 AND state = $2
        ORDER BY lead_id
        LIMIT $3
        FOR UPDATE SKIP LOCKED
        """,
        change_id, state, BATCH,
    )  # fmt: skip
    return [ChangeRow(*row) for row in rows]


async def note_rows(connection: Connection, change_id: int, results: Iterable[tuple[int, str, str]]) -> None:
    """Note for leads how it went: the state, and why one was left out."""
    ids, states, messages = zip(*results, strict=True)
    await connection.execute(
        """
        UPDATE bulk_change_rows
        SET state = given.state, message = given.message
        FROM unnest($2::bigint[], $3::text[], $4::text[]) AS given (lead_id, state, message)
        WHERE change_id = $1 AND bulk_change_rows.lead_id = given.lead_id
        """,
        change_id, list(ids), list(states), list(messages),
    )  # fmt: skip


async def finish(connection: Connection, change_id: int) -> None:
    """Note that nothing is left to do. A row that another worker has in its hands is still to do."""
    await connection.execute(
        """
        UPDATE bulk_changes
        SET state = CASE state WHEN 'running' THEN 'done' ELSE 'undone' END, finished_at = $2
        WHERE id = $1 AND state IN ('running', 'undoing')
          AND NOT EXISTS (
              SELECT FROM bulk_change_rows
              WHERE change_id = $1
                AND bulk_change_rows.state = CASE bulk_changes.state WHEN 'running' THEN 'waiting' ELSE 'done' END
          )
        """,
        change_id, clock.now(),
    )  # fmt: skip


async def start_undo(connection: Connection, change_id: int) -> bool:
    """Let a finished change be undone. False if it is no finished one."""
    changed = await connection.fetchval(
        "UPDATE bulk_changes SET state = 'undoing' WHERE id = $1 AND state = 'done' RETURNING true", change_id
    )
    return bool(changed)


async def list_left_out(connection: Connection, change_id: int, limit: int) -> list[ChangeRow]:
    """The leads that were left out, or not undone, and why."""
    rows = await connection.fetch(
        """
        SELECT lead_id, before, message
        FROM bulk_change_rows
        WHERE change_id = $1 AND state IN ('failed', 'kept')
        ORDER BY lead_id
        LIMIT $2
        """,
        change_id, limit,
    )  # fmt: skip
    return [ChangeRow(*row) for row in rows]


async def read_titles(connection: Connection, lead_ids: Sequence[int]) -> dict[int, str]:
    """The titles of those leads that exist."""
    rows = await connection.fetch(
        "SELECT id, lead_title(title, message, name) AS title FROM leads WHERE id = ANY($1)", lead_ids
    )
    return {row["id"]: row["title"] for row in rows}
