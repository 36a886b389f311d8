"""The SQL of imports. The statements that find records by what a file says of them are in `matching.py`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec

from crm.kernel import clock
from crm.kernel.actor import Actor
from crm.kernel.db import Connection
from crm.records.change_sets import UNDO_PERIOD
from crm.workspace.imports.models import (
    MAX_COLUMNS,
    UNUSED_KEPT,
    CellError,
    Import,
    ImportRow,
)

_STATES = ("waiting", "new", "change", "same", "wrong", "created", "changed", "undone", "kept")
_STORED = [name for name in Import.__struct_fields__ if name not in ("total", *_STATES)]
_COUNTS = ", ".join(
    ["coalesce(sum(number), 0)::bigint"]
    + [f"coalesce(sum(number) FILTER (WHERE state = '{state}'), 0)::bigint" for state in _STATES]
)
_IMPORT = f"""
    SELECT {", ".join(_STORED)}, counts.*
    FROM imports
    CROSS JOIN LATERAL (
        SELECT {_COUNTS}
        FROM (SELECT state, count(*) AS number FROM import_rows WHERE import_id = imports.id GROUP BY state) AS states
    ) AS counts
"""
_ROW = "number, cells, state, record_id, name, before, after, also, errors"


async def insert(connection: Connection, values: Mapping[str, Any], by: Actor) -> int:
    """Store an import without rows. Returns its id."""
    columns = {**values, "actor": msgspec.to_builtins(by), "created_at": clock.now()}
    import_id: int = await connection.fetchval(
        f"""
        INSERT INTO imports ({", ".join(columns)})
        VALUES ({", ".join(f"${mark}" for mark in range(1, len(columns) + 1))})
        RETURNING id
        """,
        *columns.values(),
    )
    return import_id


async def insert_rows(connection: Connection, import_id: int, rows: Iterable[tuple[int, list[str]]]) -> None:
    """Store rows of a file: the number and the cells of each."""
    numbers, cells = zip(*((number, msgspec.json.encode(each).decode()) for number, each in rows), strict=True)
    await connection.execute(
        """
        INSERT INTO import_rows (import_id, number, cells)
        SELECT $1, number, cells::jsonb
        FROM unnest($2::integer[], $3::text[]) AS given (number, cells)
        """,
        import_id, list(numbers), list(cells),
    )  # fmt: skip


async def find(connection: Connection, import_id: int) -> Import | None:
    """The import with its numbers."""
    row = await connection.fetchrow(f"{_IMPORT} WHERE id = $1", import_id)
    return Import(*row) if row else None


async def find_last_like(connection: Connection, imported: Import) -> Import | None:
    """The last started import of another file with the same columns."""
    row = await connection.fetchrow(
        f"""
        {_IMPORT} WHERE noun = $1 AND header = $2 AND id <> $3 AND started_at IS NOT NULL
        ORDER BY created_at DESC, id DESC
        LIMIT 1
        """,
        imported.noun, imported.header, imported.id,
    )  # fmt: skip
    return Import(*row) if row else None


async def list_newest(connection: Connection, limit: int) -> list[Import]:
    """The newest imports."""
    rows = await connection.fetch(f"{_IMPORT} ORDER BY created_at DESC, id DESC LIMIT $1", limit)
    return [Import(*row) for row in rows]


async def read_actor(connection: Connection, import_id: int) -> Actor:
    """Who imports."""
    return msgspec.convert(await connection.fetchval("SELECT actor FROM imports WHERE id = $1", import_id), Actor)


async def lock_all(connection: Connection) -> None:
    """Until the transaction ends, no other import writes. So two never wait for each other in a circle."""
    await connection.execute("SELECT pg_advisory_xact_lock(hashtextextended('imports', 0))")


async def update(connection: Connection, import_id: int, states: Sequence[str], values: Mapping[str, Any]) -> bool:
    """Set columns of an import that is in one of the `states`. False if it is not."""
    sets = ", ".join(f"{column} = ${mark}" for mark, column in enumerate(values, start=3))
    updated = await connection.fetchval(
        f"UPDATE imports SET {sets} WHERE id = $1 AND state = ANY($2) RETURNING true",
        import_id, list(states), *values.values(),
    )  # fmt: skip
    return bool(updated)


async def reset_rows(connection: Connection, import_id: int) -> None:
    """Let every row be checked again."""
    await connection.execute(
        """
        UPDATE import_rows
        SET state = 'waiting', key = NULL, record_id = NULL, name = '', errors = '[]'
        WHERE import_id = $1 AND state <> 'waiting'
        """,
        import_id,
    )


async def list_rows(
    connection: Connection,
    import_id: int,
    states: Sequence[str],
    limit: int,
    *,
    after: int = 0,
    last_first: bool = False,
) -> list[ImportRow]:
    """Rows in these states, those below row `after`; `last_first` from the end on."""
    order = "DESC" if last_first else "ASC"
    rows = await connection.fetch(
        f"""
        SELECT {_ROW}
        FROM import_rows
        WHERE import_id = $1 AND state = ANY($2) AND number > $4
        ORDER BY number {order}
        LIMIT $3
        """,
        import_id, list(states), limit, after,
    )  # fmt: skip
    return [msgspec.convert(dict(row), ImportRow) for row in rows]


async def note_rows(connection: Connection, import_id: int, rows: Sequence[Mapping[str, Any]]) -> None:
    """Note what came of rows: `number`, `state`, and what else is known. Rows that are done need no cells any more."""
    await connection.execute(
        """
        UPDATE import_rows
        SET state = given.state,
            key = coalesce(given.key, import_rows.key),
            record_id = coalesce(given.record_id, import_rows.record_id),
            name = coalesce(given.name, import_rows.name),
            before = coalesce(given.before, import_rows.before),
            after = coalesce(given.after, import_rows.after),
            also = coalesce(given.also, import_rows.also),
            errors = coalesce(given.errors, '[]'),
            cells = CASE WHEN given.state IN ('created', 'changed', 'undone', 'kept') THEN '[]' ELSE cells END
        FROM jsonb_to_recordset($2) AS given (
            number integer, state text, key text, record_id bigint, name text, before jsonb, after jsonb, also jsonb,
            errors jsonb
        )
        WHERE import_id = $1 AND import_rows.number = given.number
        """,
        import_id, msgspec.to_builtins(list(rows)),
    )  # fmt: skip


async def find_first_rows(connection: Connection, import_id: int, keys: Sequence[str]) -> dict[str, int]:
    """The first row with each of these keys."""
    rows = await connection.fetch(
        "SELECT key, min(number) AS number FROM import_rows WHERE import_id = $1 AND key = ANY($2) GROUP BY key",
        import_id, list(keys),
    )  # fmt: skip
    return {row["key"]: row["number"] for row in rows}


async def list_values(connection: Connection, import_id: int, column: int, limit: int) -> list[str]:
    """The different values of a column, the most frequent first."""
    rows = await connection.fetch(
        f"""
        SELECT btrim(cells ->> $2::int) AS value
        FROM import_rows
        WHERE import_id = $1 AND btrim(cells ->> $2::int) <> ''
        GROUP BY value
        ORDER BY count(*) DESC, value
        LIMIT {int(limit)}
        """,
        import_id, min(column, MAX_COLUMNS),
    )  # fmt: skip
    return [row["value"] for row in rows]


async def stop(connection: Connection, import_id: int) -> None:
    """Leave out the rows that are still to be imported."""
    errors = [CellError("", "The import was stopped before this row.")]
    await connection.execute(
        "UPDATE import_rows SET state = 'wrong', errors = $2 WHERE import_id = $1 AND state IN ('new', 'change')",
        import_id, msgspec.to_builtins(errors),
    )  # fmt: skip


async def is_unused(connection: Connection, noun: str, record_id: int) -> bool:
    """Whether a contact or company is as it was created, and nothing points to it."""
    used = {
        "contact": "SELECT FROM leads WHERE contact_id = $1",
        "company": "SELECT FROM leads WHERE company_id = $1 UNION ALL SELECT FROM contacts WHERE company_id = $1",
    }[noun]
    table = {"contact": "contacts", "company": "companies"}[noun]
    unused: bool = await connection.fetchval(
        f"SELECT EXISTS (SELECT FROM {table} WHERE id = $1 AND version = 1) AND NOT EXISTS ({used})", record_id
    )
    return unused


async def list_created_with(connection: Connection, lead_ids: Sequence[int]) -> dict[int, list[tuple[str, int]]]:
    """The contacts and companies that were created at the same moment as these leads, by lead."""
    rows = await connection.fetch(
        """
        SELECT leads.id, 'contact' AS noun, contacts.id AS other
        FROM leads
        JOIN contacts ON contacts.id = leads.contact_id AND contacts.created_at = leads.created_at
        WHERE leads.id = ANY($1)
        UNION ALL
        SELECT leads.id, 'company', companies.id
        FROM leads
        JOIN companies ON companies.id = leads.company_id AND companies.created_at = leads.created_at
        WHERE leads.id = ANY($1)
        """,
        list(lead_ids),
    )
    found: dict[int, list[tuple[str, int]]] = {}
    for lead_id, kind, other in rows:
        found.setdefault(lead_id, []).append((kind, other))
    return found


async def delete(connection: Connection, import_id: int) -> bool:
    """Delete an import that was not started. False if there is none."""
    deleted = await connection.fetchval(
        "DELETE FROM imports WHERE id = $1 AND state IN ('uploaded', 'checking', 'checked') RETURNING true", import_id
    )
    return bool(deleted)


async def delete_old(connection: Connection) -> None:
    """Delete the imports that can no longer be undone, and files that nobody has imported."""
    now = clock.now()
    await connection.execute(
        "DELETE FROM imports WHERE created_at < $1 OR created_at < $2 AND started_at IS NULL",
        now - UNDO_PERIOD, now - UNUSED_KEPT,
    )  # fmt: skip
