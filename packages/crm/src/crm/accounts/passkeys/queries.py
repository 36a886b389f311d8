"""The SQL of passkeys."""

from __future__ import annotations

from datetime import datetime

from crm.accounts.passkeys.models import Passkey
from crm.kernel.db import Connection

COLUMNS = ", ".join(Passkey.__struct_fields__)


async def list_passkeys(connection: Connection, user_id: int) -> list[Passkey]:
    """List the passkeys of a user, the newest first."""
    rows = await connection.fetch(
        f"SELECT {COLUMNS} FROM passkeys WHERE user_id = $1 ORDER BY created_at DESC, id DESC", user_id
    )
    return [Passkey(*row) for row in rows]


async def lock_passkey(connection: Connection, credential_id: bytes) -> Passkey | None:
    """Find a passkey by its credential, and keep others from using it until the transaction ends."""
    row = await connection.fetchrow(
        f"SELECT {COLUMNS} FROM passkeys WHERE credential_id = $1 FOR UPDATE", credential_id
    )
    return Passkey(*row) if row else None


async def insert(
    connection: Connection,
    *,
    user_id: int,
    handle: bytes,
    credential_id: bytes,
    public_key: bytes,
    sign_count: int,
    name: str,
    at: datetime,
) -> Passkey | None:
    """Add a passkey. None if its credential is known already."""
    row = await connection.fetchrow(
        f"""
        INSERT INTO passkeys (user_id, handle, credential_id, public_key, sign_count, name, created_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7)
        ON CONFLICT (credential_id) DO NOTHING
        RETURNING {COLUMNS}
        """,
        user_id, handle, credential_id, public_key, sign_count, name, at,
    )  # fmt: skip
    return Passkey(*row) if row else None


async def set_used(connection: Connection, passkey_id: int, sign_count: int, at: datetime) -> None:
    """Record a use."""
    await connection.execute(
        "UPDATE passkeys SET sign_count = $2, used_at = $3 WHERE id = $1", passkey_id, sign_count, at
    )


async def delete(connection: Connection, user_id: int, passkey_id: int) -> Passkey | None:
    """Delete a passkey of this user. None if they have no such passkey."""
    row = await connection.fetchrow(
        f"DELETE FROM passkeys WHERE id = $1 AND user_id = $2 RETURNING {COLUMNS}", passkey_id, user_id
    )
    return Passkey(*row) if row else None
