"""The SQL of saved views."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from crm.kernel import clock
from crm.kernel.db import Connection
from crm.kernel.http.list_totals import Totals
from crm.kernel.http.paging import Listing, Sort
from crm.records.saved_views.models import ListView, SavedView

COLUMNS = ", ".join(SavedView.__struct_fields__)
TABLE = Listing(
    table="saved_views", columns=COLUMNS, build=SavedView, totals=Totals(), default="name",
    sorts={"name": Sort('name_key(name) COLLATE "C"', str), "created_at": Sort("created_at", datetime)},
)  # fmt: skip
KEPT = timedelta(days=30)
"""How long the deletion of a view can be undone."""


async def list_views(connection: Connection, kind: str, user_id: int | None) -> list[ListView]:
    """The person's own views of a list and the shared ones, by name."""
    rows = await connection.fetch(
        f"""
        SELECT EXISTS (SELECT FROM saved_view_pins WHERE user_id = $2 AND view_id = saved_views.id), {COLUMNS}
        FROM saved_views
        WHERE kind = $1 AND (shared OR owner_id = $2) AND deleted_at IS NULL
        ORDER BY name_key(name) COLLATE "C", id
        """,
        kind, user_id,
    )  # fmt: skip
    return [ListView(SavedView(*values), pinned) for pinned, *values in map(tuple, rows)]


async def find(connection: Connection, view_id: int, *, lock: bool = False, deleted: bool = False) -> SavedView | None:
    """The view; with `deleted` one that was deleted."""
    row = await connection.fetchrow(
        f"""
        SELECT {COLUMNS}
        FROM saved_views
        WHERE id = $1 AND (deleted_at IS NOT NULL) = $2
        {"FOR UPDATE" if lock else ""}
        """,
        view_id, deleted,
    )  # fmt: skip
    return SavedView(*row) if row else None


async def insert(connection: Connection, values: dict[str, Any]) -> SavedView:
    row = await connection.fetchrow(
        f"""
        INSERT INTO saved_views (kind, name, query, shared, owner_id, created_at, updated_at)
        VALUES ($1, $2, $3, $4, $5, $6, $6)
        RETURNING {COLUMNS}
        """,
        *(values[name] for name in ("kind", "name", "query", "shared", "owner_id")), clock.now(),
    )  # fmt: skip
    return SavedView(*row)


async def update(connection: Connection, view: SavedView, *, name: str, query: str, shared: bool) -> SavedView:
    row = await connection.fetchrow(
        f"""
        UPDATE saved_views
        SET name = $2, query = $3, shared = $4, version = version + 1, updated_at = $5
        WHERE id = $1
        RETURNING {COLUMNS}
        """,
        view.id, name, query, shared, clock.now(),
    )  # fmt: skip
    return SavedView(*row)


async def delete(connection: Connection, view_id: int) -> None:
    """Hide the view, so that this can be undone, and delete those that were hidden long ago."""
    await connection.execute("UPDATE saved_views SET deleted_at = $2 WHERE id = $1", view_id, clock.now())
    await connection.execute("DELETE FROM saved_views WHERE deleted_at < $1", clock.now() - KEPT)


async def restore(connection: Connection, view_id: int) -> None:
    await connection.execute("UPDATE saved_views SET deleted_at = NULL WHERE id = $1", view_id)


async def pin(connection: Connection, view_id: int, user_id: int) -> None:
    await connection.execute(
        "INSERT INTO saved_view_pins (view_id, user_id) VALUES ($1, $2) ON CONFLICT DO NOTHING", view_id, user_id
    )


async def unpin(connection: Connection, view_id: int, user_id: int) -> None:
    await connection.execute("DELETE FROM saved_view_pins WHERE view_id = $1 AND user_id = $2", view_id, user_id)
