"""The SQL of tags."""

from __future__ import annotations

from datetime import datetime

import asyncpg

from crm.kernel import clock
from crm.kernel.db import Connection
from crm.kernel.errors import FieldError, ValidationError
from crm.kernel.http.list_totals import Totals
from crm.kernel.http.paging import Listing, Sort
from crm.records.tags.models import Color, Tag, TagSet

COLUMNS = ", ".join(Tag.__struct_fields__)
EXISTS = "merged_into IS NULL AND deleted_at IS NULL"
TABLE = Listing(
    table="tags", columns=COLUMNS, build=Tag, totals=Totals(), default="name",
    sorts={"name": Sort('name_key(name) COLLATE "C"', str), "created_at": Sort("created_at", datetime)},
)  # fmt: skip


async def read_tags(connection: Connection) -> TagSet:
    """All tags."""
    rows = await connection.fetch(
        f'SELECT {EXISTS}, merged_into, {COLUMNS} FROM tags ORDER BY name_key(name) COLLATE "C"'
    )
    return TagSet(
        (Tag(*values) for exists, _, *values in map(tuple, rows) if exists),
        {row["id"]: row["merged_into"] for row in rows if row["merged_into"]},
    )


async def find(connection: Connection, tag_id: int, *, lock: bool = False) -> Tag | None:
    row = await connection.fetchrow(
        f"SELECT {COLUMNS} FROM tags WHERE id = $1 AND {EXISTS}{' FOR UPDATE' if lock else ''}", tag_id
    )
    return Tag(*row) if row else None


async def insert(connection: Connection, name: str, color: Color) -> Tag:
    """Add a tag. Raises `ValidationError` if there is one of this name."""
    row = await connection.fetchrow(
        f"""
        INSERT INTO tags (name, color, created_at, updated_at)
        VALUES ($1, $2, $3, $3)
        ON CONFLICT DO NOTHING
        RETURNING {COLUMNS}
        """,
        name, color, clock.now(),
    )  # fmt: skip
    if row is None:
        raise _build_duplicate_error(name)
    return Tag(*row)


async def update(connection: Connection, tag: Tag, name: str, color: Color) -> Tag:
    """Change a tag. Raises `ValidationError` if there is another of this name."""
    try:
        async with connection.transaction():
            row = await connection.fetchrow(
                f"""
                UPDATE tags
                SET name = $2, color = $3, version = version + 1, updated_at = $4
                WHERE id = $1
                RETURNING {COLUMNS}
                """,
                tag.id, name, color, clock.now(),
            )  # fmt: skip
    except asyncpg.UniqueViolationError as error:
        raise _build_duplicate_error(name) from error
    return Tag(*row)


async def delete(connection: Connection, tag_id: int) -> None:
    """Hide the tag. Records keep its id, so that it can come back."""
    await connection.execute("UPDATE tags SET deleted_at = $2 WHERE id = $1", tag_id, clock.now())


async def merge(connection: Connection, tag_id: int, into: int) -> None:
    await connection.execute("UPDATE tags SET merged_into = $2 WHERE id = $1", tag_id, into)


async def bring_back(connection: Connection, tag_id: int) -> Tag | None:
    """Undo that a tag was deleted or merged. Raises `ValidationError` if another has its name by now."""
    name = await connection.fetchval("SELECT name FROM tags WHERE id = $1", tag_id)
    try:
        async with connection.transaction():
            row = await connection.fetchrow(
                f"UPDATE tags SET deleted_at = NULL, merged_into = NULL WHERE id = $1 RETURNING {COLUMNS}", tag_id
            )
    except asyncpg.UniqueViolationError as error:
        raise _build_duplicate_error(name) from error
    return Tag(*row) if row else None


def _build_duplicate_error(name: str) -> ValidationError:
    return ValidationError([FieldError("name", f"There is a tag “{name}” already. Use that one, or another name.")])
