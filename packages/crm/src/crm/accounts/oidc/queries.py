"""The SQL of accounts at a provider."""

from __future__ import annotations

from datetime import datetime

from crm.accounts.oidc.models import Identity
from crm.kernel.db import Connection

COLUMNS = ", ".join(Identity.__struct_fields__)


async def list_identities(connection: Connection, user_id: int) -> list[Identity]:
    """List the accounts that sign a user in."""
    rows = await connection.fetch(f"SELECT {COLUMNS} FROM identities WHERE user_id = $1 ORDER BY id", user_id)
    return [Identity(*row) for row in rows]


async def find_identity(connection: Connection, issuer: str, subject: str) -> Identity | None:
    """Find an account at a provider."""
    row = await connection.fetchrow(
        f"SELECT {COLUMNS} FROM identities WHERE issuer = $1 AND subject = $2", issuer, subject
    )
    return Identity(*row) if row else None


async def insert_identity(
    connection: Connection, *, user_id: int, issuer: str, subject: str, email: str, at: datetime
) -> Identity | None:
    """Link an account with a user. None if the user has another one at this provider, or somebody has this one."""
    row = await connection.fetchrow(
        f"""
        INSERT INTO identities (user_id, issuer, subject, email, created_at, used_at)
        VALUES ($1, $2, $3, $4, $5, $5)
        ON CONFLICT DO NOTHING
        RETURNING {COLUMNS}
        """,
        user_id, issuer, subject, email, at,
    )  # fmt: skip
    return Identity(*row) if row else None


async def set_used(connection: Connection, identity_id: int, at: datetime) -> None:
    """Record a use."""
    await connection.execute("UPDATE identities SET used_at = $2 WHERE id = $1", identity_id, at)


async def delete(connection: Connection, user_id: int, identity_id: int) -> Identity | None:
    """Unlink an account. None if this user has no such account."""
    row = await connection.fetchrow(
        f"DELETE FROM identities WHERE id = $1 AND user_id = $2 RETURNING {COLUMNS}", identity_id, user_id
    )
    return Identity(*row) if row else None
