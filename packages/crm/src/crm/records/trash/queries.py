"""The SQL of the trash. It copies rows of tables that other modules name."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from crm.kernel.db import Connection
from crm.kernel.http.list_totals import Totals
from crm.kernel.http.paging import Listing, Sort
from crm.records.trash.models import Kind, Rows, TrashEntry

COLUMNS = """id, kind, record_id, name, by_name, at,
    CASE kind
        WHEN 'lead' THEN lead_title(coalesce(rows #>> '{leads,0,title}', ''), rows #>> '{leads,0,message}', name)
        ELSE ''
    END AS title"""
LISTING: Listing[TrashEntry] = Listing(
    table="trash", columns=COLUMNS, build=TrashEntry, sorts={"at": Sort("at", datetime)}, default="-at", totals=Totals()
)
_REFERENCES = {
    "owner_id": "users", "assignee_id": "users", "lead_id": "leads", "contact_id": "contacts",
    "company_id": "companies", "repeats_id": "tasks",
    "email_id": "emails", "content_id": "file_contents",
}  # fmt: skip
"""The table that a foreign key of this name references."""


async def insert(
    connection: Connection,
    kind: Kind,
    record_id: int,
    *,
    name: str,
    tables: Mapping[str, str],
    by_name: str,
    at: datetime,
) -> None:
    """Copy the rows of each table whose named column holds `record_id`."""
    rows = ", ".join(
        f"'{table}', (SELECT coalesce(jsonb_agg(to_jsonb({table}) - 'search'), '[]') FROM {table} WHERE {column} = $2)"
        for table, column in tables.items()
    )
    await connection.execute(
        f"""
        INSERT INTO trash (kind, record_id, name, rows, by_name, at)
        VALUES ($1, $2, $3, jsonb_build_object({rows}), $4, $5)
        """,
        kind, record_id, name, by_name, at,
    )  # fmt: skip


async def add_rows(connection: Connection, kind: Kind, record_id: int, rows: Rows) -> None:
    """Add rows of other tables to a record in the trash."""
    await connection.execute(
        "UPDATE trash SET rows = rows || $3 WHERE kind = $1 AND record_id = $2", kind, record_id, rows
    )


async def take(connection: Connection, kind: Kind, record_id: int) -> Rows | None:
    """Remove a record from the trash and return its rows."""
    rows: Rows | None = await connection.fetchval(
        "DELETE FROM trash WHERE kind = $1 AND record_id = $2 RETURNING rows", kind, record_id
    )
    return rows


async def put_back(connection: Connection, table: str, rows: list[dict[str, Any]]) -> None:
    """Insert the rows that `take` returned for one table, with their old ids.

    A new column of the table takes its default; a removed one is left out. A reference to a deleted record becomes
    null. A row that breaks a unique constraint is skipped.
    """
    if not rows:
        return
    existing = await connection.fetch(
        """
        SELECT attname
        FROM pg_attribute
        WHERE attrelid = $1::text::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = ''
          AND attname = ANY($2::text[])
        ORDER BY attnum
        """,
        table, list(rows[0]),
    )  # fmt: skip
    columns = [row["attname"] for row in existing]
    values = ", ".join(
        f"(SELECT id FROM {_REFERENCES[column]} WHERE id = saved.{column})"
        if column in _REFERENCES
        else f"saved.{column}"
        for column in columns
    )
    await connection.execute(
        f"""
        INSERT INTO {table} ({", ".join(columns)}) OVERRIDING SYSTEM VALUE
        SELECT {values}
        FROM jsonb_populate_recordset(NULL::{table}, $1::jsonb) AS saved
        ON CONFLICT DO NOTHING
        """,
        rows,
    )


async def has(connection: Connection, kind: Kind, record_id: int) -> bool:
    """Whether the record is in the trash."""
    exists: bool = await connection.fetchval(
        "SELECT EXISTS (SELECT FROM trash WHERE kind = $1 AND record_id = $2)", kind, record_id
    )
    return exists


async def find(connection: Connection, entry_id: int) -> TrashEntry | None:
    row = await connection.fetchrow(f"SELECT {COLUMNS} FROM trash WHERE id = $1", entry_id)
    return TrashEntry(*row) if row else None


async def list_before(connection: Connection, before: datetime) -> list[tuple[Kind, int]]:
    """The kind and id of the records that were deleted before then."""
    rows = await connection.fetch("SELECT kind, record_id FROM trash WHERE at < $1 ORDER BY id", before)
    return [(row["kind"], row["record_id"]) for row in rows]


async def list_leads_of(connection: Connection, contact_id: int) -> list[int]:
    """The ids of the deleted leads of a contact."""
    rows = await connection.fetch(
        "SELECT record_id FROM trash WHERE kind = 'lead' AND rows #>> '{leads,0,contact_id}' = $1", str(contact_id)
    )
    return [row["record_id"] for row in rows]


async def forget_demo(connection: Connection) -> None:
    """Delete the entries of sample data."""
    await connection.execute("DELETE FROM trash WHERE rows @? '$.*[*] ? (@.demo == true)'")
