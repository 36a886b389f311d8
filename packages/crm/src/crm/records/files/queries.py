"""The SQL of files."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from crm.kernel import clock
from crm.kernel.actor import Actor
from crm.kernel.db import Connection
from crm.records.common import table
from crm.records.files.models import File, Place, Stored

TABLE = table("file", "files", File, sorts=["created_at"], default_sort="-created_at")


async def insert(connection: Connection, stored: Stored, place: dict[Place, int], by: Actor, *, demo: bool) -> File:
    """Add a file to a record."""
    ((column, record_id),) = place.items()
    row = await connection.fetchrow(
        f"""
        INSERT INTO files (name, content_type, size, content_id, {column}, by_kind, by_id, by_name, demo, created_at,
                           updated_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $10)
        RETURNING {TABLE.columns}
        """,
        stored.name, stored.content_type, stored.size, stored.content_id, record_id, by.kind, by.id, by.name, demo,
        clock.now(),
    )  # fmt: skip
    return File(*row)


async def list_of(connection: Connection, column: Place, record_id: int, limit: int) -> list[File]:
    """The newest files of a record."""
    rows = await connection.fetch(
        f"SELECT {TABLE.columns} FROM files WHERE {column} = $1 ORDER BY id DESC LIMIT $2", record_id, limit
    )
    return [File(*row) for row in rows]


async def find_content(connection: Connection, file_id: int) -> int | None:
    """The id of the content of a file."""
    content_id: int | None = await connection.fetchval("SELECT content_id FROM files WHERE id = $1", file_id)
    return content_id


async def find_stored(connection: Connection, file_ids: Sequence[int]) -> list[Stored]:
    """The content of those of these files that exist, in their order."""
    rows = await connection.fetch(
        "SELECT name, content_type, size, content_id FROM files WHERE id = ANY($1) ORDER BY id", file_ids
    )
    return [Stored(*row) for row in rows]


async def read_row(connection: Connection, file_id: int) -> dict[str, Any]:
    """All columns of a file, as the trash keeps rows."""
    row: dict[str, Any] = await connection.fetchval("SELECT to_jsonb(files) FROM files WHERE id = $1", file_id)
    return row


async def delete_unused(connection: Connection, now: datetime) -> int:
    """Delete the content whose time is over and that no file has, not even a deleted one that can come back.

    Returns how much that was. Safe to run twice.
    """
    done = await connection.execute(
        """
        WITH expired AS MATERIALIZED (
            SELECT id
            FROM file_contents
            WHERE expires_at <= $1 AND NOT EXISTS (SELECT FROM files WHERE content_id = file_contents.id)
              AND NOT EXISTS (SELECT FROM email_files WHERE content_id = file_contents.id)
        )
        DELETE FROM file_contents
        USING expired
        WHERE file_contents.id = expired.id
          AND NOT EXISTS (
              SELECT
              FROM trash, jsonb_array_elements(rows -> 'files') AS deleted
              WHERE deleted ->> 'content_id' = expired.id::text
          )
          AND NOT EXISTS (
              SELECT FROM changes WHERE noun = 'file' AND before ->> 'content_id' = expired.id::text
          )
        """,
        now,
    )
    return int(done.rpartition(" ")[2])
