"""The SQL of settings. Only changed settings have a row."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from crm.accounts.settings.models import Change
from crm.kernel.db import Connection

CURRENCY = "(SELECT value #>> '{}' FROM settings WHERE name = 'currency')"
"""An SQL expression for the stored currency; null if there is none."""


async def list_stored(connection: Connection) -> dict[str, Any]:
    """Every stored setting, by name."""
    return {row["name"]: row["value"] for row in await connection.fetch("SELECT name, value FROM settings")}


async def store(connection: Connection, name: str, value: Any, *, by: int | None, at: datetime) -> None:
    """Store one setting."""
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


async def list_changes(connection: Connection) -> list[Change]:
    """The last change of each setting, the newest first."""
    rows = await connection.fetch("SELECT name, updated_at, updated_by FROM settings ORDER BY updated_at DESC, name")
    return [Change(*row) for row in rows]
