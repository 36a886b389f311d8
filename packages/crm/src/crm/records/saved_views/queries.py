"""The SQL of saved views."""

from __future__ import annotations

import msgspec

from crm.kernel.db import Connection
from crm.records.base import table
from crm.records.saved_views.models import ListView, SavedView

TABLE = table(
    "view", "saved_views", SavedView, sorts=["name", "created_at"], default_sort="name", exists="deleted_at IS NULL"
)
SHARED = msgspec.structs.replace(TABLE, exists="shared AND deleted_at IS NULL")
"""The views that programs see."""


async def list_views(connection: Connection, kind: str, user_id: int | None) -> list[ListView]:
    """The person's own views of a list and the shared ones, by name."""
    rows = await connection.fetch(
        f"""
        SELECT EXISTS (SELECT FROM saved_view_pins WHERE user_id = $2 AND view_id = saved_views.id), {TABLE.columns}
        FROM saved_views
        WHERE kind = $1 AND (shared OR owner_id = $2) AND deleted_at IS NULL
        ORDER BY name_key(name) COLLATE "C", id
        """,
        kind, user_id,
    )  # fmt: skip
    return [ListView(SavedView(*values), pinned) for pinned, *values in map(tuple, rows)]


async def pin(connection: Connection, view_id: int, user_id: int) -> None:
    await connection.execute(
        "INSERT INTO saved_view_pins (view_id, user_id) VALUES ($1, $2) ON CONFLICT DO NOTHING", view_id, user_id
    )


async def unpin(connection: Connection, view_id: int, user_id: int) -> None:
    await connection.execute("DELETE FROM saved_view_pins WHERE view_id = $1 AND user_id = $2", view_id, user_id)
