"""The SQL of people and their passwords."""

from __future__ import annotations

from datetime import datetime

from crm.auth.models import User
from crm.kernel.db import Connection

COLUMNS = ", ".join(User.__struct_fields__)


async def find(connection: Connection, number: int) -> User | None:
    """The person with this number."""
    row = await connection.fetchrow(f"SELECT {COLUMNS} FROM users WHERE id = $1", number)
    return User(*row) if row else None


async def by_email(connection: Connection, email: str) -> tuple[User, str] | None:
    """The person with this e-mail address, and the hash of their password."""
    row = await connection.fetchrow(f"SELECT {COLUMNS}, password_hash FROM users WHERE email = $1", email)
    return (User(*tuple(row)[:-1]), row["password_hash"]) if row else None


async def everyone(connection: Connection) -> list[User]:
    """All people, by name."""
    return [User(*row) for row in await connection.fetch(f"SELECT {COLUMNS} FROM users ORDER BY name, id")]


async def insert(connection: Connection, *, email: str, name: str, password_hash: str, at: datetime) -> User | None:
    """A new person; None when the address is taken."""
    row = await connection.fetchrow(
        f"""
        INSERT INTO users (email, name, password_hash, created_at, updated_at)
        VALUES ($1, $2, $3, $4, $4)
        ON CONFLICT (email) DO NOTHING
        RETURNING {COLUMNS}
        """,
        email, name, password_hash, at,
    )  # fmt: skip
    return User(*row) if row else None


async def update(connection: Connection, number: int, *, name: str, theme: str, at: datetime) -> User:
    """Write a person's name and theme."""
    row = await connection.fetchrow(
        f"UPDATE users SET name = $2, theme = $3, updated_at = $4 WHERE id = $1 RETURNING {COLUMNS}",
        number, name, theme, at,
    )  # fmt: skip
    return User(*row)


async def password_hash(connection: Connection, number: int) -> str:
    """The hash of a person's password."""
    found: str = await connection.fetchval("SELECT password_hash FROM users WHERE id = $1", number)
    return found


async def set_password_hash(connection: Connection, number: int, encoded: str, at: datetime) -> None:
    """Replace the hash of a person's password."""
    await connection.execute("UPDATE users SET password_hash = $2, updated_at = $3 WHERE id = $1", number, encoded, at)
