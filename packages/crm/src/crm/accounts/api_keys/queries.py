"""The SQL of API keys."""

from __future__ import annotations

from datetime import datetime

from crm.accounts.api_keys.models import ApiKey
from crm.kernel.db import Connection

_ROLE = "coalesce((SELECT users.role FROM users WHERE users.id = created_by), 'owner') AS role"
COLUMNS = ", ".join(_ROLE if name == "role" else name for name in ApiKey.__struct_fields__)


async def list_keys(connection: Connection) -> list[ApiKey]:
    """List all keys: revoked ones last, the newest first."""
    rows = await connection.fetch(
        f"SELECT {COLUMNS} FROM api_keys ORDER BY revoked_at IS NOT NULL, created_at DESC, id DESC"
    )
    return [ApiKey(*row) for row in rows]


async def find(connection: Connection, key_id: int) -> ApiKey | None:
    """Find the key with this id."""
    row = await connection.fetchrow(f"SELECT {COLUMNS} FROM api_keys WHERE id = $1", key_id)
    return ApiKey(*row) if row else None


async def find_by_hash(connection: Connection, token_hash: bytes) -> ApiKey | None:
    """Find the key with this hash."""
    row = await connection.fetchrow(f"SELECT {COLUMNS} FROM api_keys WHERE token_hash = $1", token_hash)
    return ApiKey(*row) if row else None


async def insert(
    connection: Connection,
    *,
    name: str,
    hint: str,
    token_hash: bytes,
    scopes: list[str],
    created_by: int | None,
    at: datetime,
    expires_at: datetime | None,
) -> ApiKey:
    """Add a key."""
    row = await connection.fetchrow(
        f"""
        INSERT INTO api_keys (name, hint, token_hash, scopes, created_by, created_at, expires_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7)
        RETURNING {COLUMNS}
        """,
        name, hint, token_hash, scopes, created_by, at, expires_at,
    )  # fmt: skip
    return ApiKey(*row)


async def revoke(connection: Connection, key_id: int, at: datetime) -> ApiKey | None:
    """Revoke the key. Revoking twice keeps the first time."""
    row = await connection.fetchrow(
        f"UPDATE api_keys SET revoked_at = coalesce(revoked_at, $2) WHERE id = $1 RETURNING {COLUMNS}", key_id, at
    )
    return ApiKey(*row) if row else None


async def revoke_named(connection: Connection, name: str, at: datetime) -> list[int]:
    """Revoke every active key with this name."""
    rows = await connection.fetch(
        "UPDATE api_keys SET revoked_at = $2 WHERE name = $1 AND revoked_at IS NULL RETURNING id", name, at
    )
    return [row["id"] for row in rows]


async def record_use(connection: Connection, key_id: int, at: datetime) -> None:
    """Record that the key was used."""
    await connection.execute("UPDATE api_keys SET last_used_at = greatest(last_used_at, $2) WHERE id = $1", key_id, at)
