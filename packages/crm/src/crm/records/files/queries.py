"""The SQL of files."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from crm.kernel import clock
from crm.kernel.actor import Actor
from crm.kernel.db import Connection
from crm.records.base import PlaceColumn, table
from crm.records.files.models import File, Stored

TABLE = table("file", "files", File, sorts=["created_at"], default_sort="-created_at")

_UNUSED = """
    WITH expired AS MATERIALIZED (
        SELECT id
        FROM file_contents
        WHERE expires_at <= $1
          AND NOT EXISTS (SELECT FROM files WHERE content_id = file_contents.id)
          AND NOT EXISTS (SELECT FROM email_files WHERE content_id = file_contents.id)
    ),
    unused AS (
        SELECT id
        FROM expired
        WHERE NOT EXISTS (
            SELECT
            FROM trash, jsonb_array_elements(rows -> 'files') AS deleted
            WHERE deleted ->> 'content_id' = expired.id::text
        )
        AND NOT EXISTS (SELECT FROM changes WHERE noun = 'file' AND before ->> 'content_id' = expired.id::text)
    )
"""
"""The content whose time is over at $1 and that no file has, not even a deleted one that can come back."""


async def insert(
    connection: Connection, stored: Stored, place: dict[PlaceColumn, int], by: Actor, *, demo: bool
) -> File:
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


async def list_of(connection: Connection, column: PlaceColumn, record_id: int, limit: int) -> list[File]:
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
    """Delete the content in the database whose time is over and that no file has.

    That of a deleted file that can come back stays. Returns how much was deleted. Safe to run twice.
    """
    done = await connection.execute(
        f"""
        {_UNUSED}
        DELETE FROM file_contents
        USING unused
        WHERE file_contents.id = unused.id AND moving_at IS NULL
        """,
        now,
    )
    return int(done.rpartition(" ")[2])


async def list_unused_moved(connection: Connection, now: datetime, before: datetime) -> list[tuple[int, str]]:
    """Id and key of the same content in the object store, or on its way there since before then."""
    rows = await connection.fetch(
        f"""
        {_UNUSED}
        SELECT id, 'files/' || key
        FROM file_contents
        JOIN unused USING (id)
        WHERE moved_at IS NOT NULL OR moving_at < $2
        ORDER BY id
        LIMIT 1000
        """,
        now, before,
    )  # fmt: skip
    return [tuple(row) for row in rows]


async def delete_content(connection: Connection, content_id: int) -> None:
    await connection.execute("DELETE FROM file_contents WHERE id = $1", content_id)


async def claim_to_move(connection: Connection, now: datetime, before: datetime) -> tuple[int, str] | None:
    """Id and key of content that is to be moved, and that nobody moves since then. None if all is moved."""
    row = await connection.fetchrow(
        """
        UPDATE file_contents
        SET moving_at = $1
        WHERE id = (
            SELECT id
            FROM file_contents
            WHERE moved_at IS NULL AND (moving_at IS NULL OR moving_at < $2)
              AND (EXISTS (SELECT FROM files WHERE content_id = file_contents.id)
                   OR EXISTS (SELECT FROM email_files WHERE content_id = file_contents.id))
            ORDER BY id
            LIMIT 1
            FOR UPDATE SKIP LOCKED
        )
        RETURNING id, 'files/' || key
        """,
        now, before,
    )  # fmt: skip
    return tuple(row) if row else None


async def mark_moved(connection: Connection, content_id: int, now: datetime) -> None:
    await connection.execute("UPDATE file_contents SET moved_at = $2 WHERE id = $1", content_id, now)


async def find_moved(connection: Connection, content_id: int) -> str | None:
    """The key of content in the object store; None for content in the database."""
    key: str | None = await connection.fetchval(
        "SELECT 'files/' || key FROM file_contents WHERE id = $1 AND moved_at IS NOT NULL", content_id
    )
    return key


async def delete_moved_parts(connection: Connection, before: datetime) -> None:
    """Delete the parts of content that was moved before then."""
    await connection.execute(
        """
        DELETE FROM file_parts
        USING file_contents
        WHERE file_contents.id = content_id AND moved_at < $1
        """,
        before,
    )
