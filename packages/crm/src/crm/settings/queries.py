"""The SQL of settings: a row for each one that was chosen."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from crm.kernel.db import Connection
from crm.settings.models import Change

CURRENCY = "(SELECT value #>> '{}' FROM settings WHERE name = 'currency')"
"""The chosen currency within a statement; null when nobody chose one."""


async def chosen(connection: Connection) -> dict[str, Any]:
    """Every setting somebody chose."""
    return {row["name"]: row["value"] for row in await connection.fetch("SELECT name, value FROM settings")}


async def put(connection: Connection, name: str, value: Any, *, by: int | None, at: datetime) -> None:
    """Choose one setting."""
    await connection.execute(
        """
        INSERT INTO settings (name, value, updated_at, updated_by)
        VALUES ($1, $2, $3, $4)
        ON CONFLICT (name) DO UPDATE SET
            value = excluded.value,
            updated_at = excluded.updated_at,
            updated_by = excluded.updated_by
        """,
        name, value, at, by,
    )  # fmt: skip


async def changes(connection: Connection) -> dict[str, Change]:
    """The last change of each setting, by name."""
    rows = await connection.fetch(
        """
        SELECT settings.name, settings.updated_at, coalesce(users.name, '') AS by
        FROM settings
        LEFT JOIN users ON users.id = settings.updated_by
        """
    )
    return {row["name"]: Change(*row) for row in rows}
