"""The SQL of the trash. It copies rows of other rooms' tables, whose names those rooms give."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from crm.kernel.db import Connection
from crm.kernel.http.list_totals import Totals
from crm.kernel.http.paging import Listing, Sort
from crm.trash.models import Kind, Rows, Trashed

COLUMNS = ", ".join(Trashed.__struct_fields__)
LISTING: Listing[Trashed] = Listing(
    table="trash", columns=COLUMNS, build=Trashed, sorts={"at": Sort("at", datetime)}, default="-at", totals=Totals()
)
_REFERENCES = {"owner_id": "users", "lead_id": "leads", "contact_id": "contacts", "company_id": "companies"}
"""Which table a column points to, wherever it stands."""


async def insert(
    connection: Connection, kind: Kind, number: int, *, name: str, tables: Mapping[str, str], by_name: str, at: datetime
) -> None:
    """Copy the rows of each of `tables` whose column, named there, holds `number`."""
    rows = ", ".join(
        f"'{table}', (SELECT coalesce(jsonb_agg(to_jsonb({table}) - 'search'), '[]') FROM {table} WHERE {column} = $2)"
        for table, column in tables.items()
    )
    await connection.execute(
        f"""
        INSERT INTO trash (kind, record_id, name, rows, by_name, at)
        VALUES ($1, $2, $3, jsonb_build_object({rows}), $4, $5)
        """,
        kind, number, name, by_name, at,
    )  # fmt: skip


async def take(connection: Connection, kind: Kind, number: int) -> Rows | None:
    """The rows of a deleted record, which then is no longer in the trash."""
    rows: Rows | None = await connection.fetchval(
        "DELETE FROM trash WHERE kind = $1 AND record_id = $2 RETURNING rows", kind, number
    )
    return rows


async def put_back(connection: Connection, table: str, rows: list[dict[str, Any]]) -> None:
    """Write rows that were copied from `table` under the numbers they had.

    A column the table has gained since takes its default, one it has lost is left out. What a row pointed to and is
    gone by now is pointed to no longer. Where something else has taken what must be unique, the row stays out.
    """
    found = await connection.fetch(
        """
        SELECT attname
        FROM pg_attribute
        WHERE attrelid = $1::text::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = ''
          AND attname = ANY($2::text[])
        ORDER BY attnum
        """,
        table, list(rows[0]),
    )  # fmt: skip
    columns = [row["attname"] for row in found]
    values = ", ".join(
        f"(SELECT id FROM {_REFERENCES[column]} WHERE id = kept.{column})"
        if column in _REFERENCES
        else f"kept.{column}"
        for column in columns
    )
    await connection.execute(
        f"""
        INSERT INTO {table} ({", ".join(columns)}) OVERRIDING SYSTEM VALUE
        SELECT {values}
        FROM jsonb_populate_recordset(NULL::{table}, $1::jsonb) AS kept
        ON CONFLICT DO NOTHING
        """,
        rows,
    )


async def has(connection: Connection, kind: Kind, number: int) -> bool:
    """Is the record in the trash?"""
    there: bool = await connection.fetchval(
        "SELECT EXISTS (SELECT FROM trash WHERE kind = $1 AND record_id = $2)", kind, number
    )
    return there


async def find(connection: Connection, number: int) -> Trashed | None:
    row = await connection.fetchrow(f"SELECT {COLUMNS} FROM trash WHERE id = $1", number)
    return Trashed(*row) if row else None


async def delete(connection: Connection, number: int) -> None:
    await connection.execute("DELETE FROM trash WHERE id = $1", number)


async def delete_before(connection: Connection, before: datetime) -> int:
    """Forget what was deleted before then; says how many."""
    rows = await connection.fetch("DELETE FROM trash WHERE at < $1 RETURNING id", before)
    return len(rows)


async def delete_demo(connection: Connection) -> None:
    """Forget invented records."""
    await connection.execute("DELETE FROM trash WHERE rows @? '$.*[*] ? (@.demo == true)'")
