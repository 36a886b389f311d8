"""The SQL of tags."""

from __future__ import annotations

from crm.kernel.db import Connection
from crm.records.base import table
from crm.records.tags.models import MergeableTag, Tag, TagSet

TABLE = table(
    "tag", "tags", Tag, sorts=["name", "created_at"], default_sort="name",
    exists="merged_into IS NULL AND deleted_at IS NULL",
)  # fmt: skip
WITH_MERGED = table(
    "tag", "tags", MergeableTag, sorts=["name"], default_sort="name", exists="deleted_at IS NULL"
)  # fmt: skip
"""The tags that exist, and those that were merged into others."""


async def read_tags(connection: Connection) -> TagSet:
    """All tags."""
    rows = await connection.fetch(
        f'SELECT {TABLE.exists}, merged_into, {TABLE.columns} FROM tags ORDER BY name_key(name) COLLATE "C"'
    )
    return TagSet(
        (Tag(*values) for exists, _, *values in map(tuple, rows) if exists),
        {row["id"]: row["merged_into"] for row in rows if row["merged_into"]},
    )
