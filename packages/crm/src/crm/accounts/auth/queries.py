"""The SQL of users and their passwords."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from crm.accounts.auth.models import User
from crm.accounts.permissions import Role
from crm.kernel.db import Connection

COLUMNS = ", ".join(User.__struct_fields__)


async def find_by_email(connection: Connection, email: str) -> tuple[User, str] | None:
    """Find the user with this e-mail, and their password hash."""
    row = await connection.fetchrow(f"SELECT {COLUMNS}, password_hash FROM users WHERE email = $1", email)
    return (User(*tuple(row)[:-1]), row["password_hash"]) if row else None


async def find_with_hash(connection: Connection, user_id: int, *, lock: bool = False) -> tuple[User, str] | None:
    """Find this user, and their password hash. `lock` keeps others from changing it until the transaction ends."""
    row = await connection.fetchrow(
        f"SELECT {COLUMNS}, password_hash FROM users WHERE id = $1{' FOR UPDATE' if lock else ''}", user_id
    )
    return (User(*tuple(row)[:-1]), row["password_hash"]) if row else None


async def list_users(connection: Connection) -> list[User]:
    """List all users, by name."""
    return [User(*row) for row in await connection.fetch(f"SELECT {COLUMNS} FROM users ORDER BY name, id")]


async def list_assignable(connection: Connection) -> list[User]:
    """List the users who can work on leads, by name: those who can sign in and change records."""
    return [user for user in await list_users(connection) if user.disabled_at is None and user.can("write")]


async def find_assignable(connection: Connection, user_id: int) -> User | None:
    """Find this user if they can work on leads."""
    return next((user for user in await list_assignable(connection) if user.id == user_id), None)


async def find_user(connection: Connection, email: str) -> User | None:
    """Find the user with this e-mail."""
    row = await find_by_email(connection, email)
    return row[0] if row else None


async def insert(
    connection: Connection, *, email: str, name: str, password_hash: str, at: datetime, role: Role = "owner"
) -> User | None:
    """Add a user. None if the e-mail is taken."""
    row = await connection.fetchrow(
        f"""
        INSERT INTO users (email, name, password_hash, role, created_at, updated_at)
        VALUES ($1, $2, $3, $4, $5, $5)
        ON CONFLICT (email) DO NOTHING
        RETURNING {COLUMNS}
        """,
        email, name, password_hash, role, at,
    )  # fmt: skip
    return User(*row) if row else None


async def update(connection: Connection, user_id: int, *, name: str, theme: str, at: datetime) -> User:
    """Change a user's name and theme."""
    row = await connection.fetchrow(
        f"UPDATE users SET name = $2, theme = $3, updated_at = $4 WHERE id = $1 RETURNING {COLUMNS}",
        user_id, name, theme, at,
    )  # fmt: skip
    return User(*row)


async def read_password_hash(connection: Connection, user_id: int) -> str:
    """The password hash of a user."""
    encoded: str = await connection.fetchval("SELECT password_hash FROM users WHERE id = $1", user_id)
    return encoded


async def set_password_hash(connection: Connection, user_id: int, encoded: str, at: datetime) -> None:
    """Replace the password hash of a user."""
    await connection.execute("UPDATE users SET password_hash = $2, updated_at = $3 WHERE id = $1", user_id, encoded, at)


async def read_emails(connection: Connection, user_ids: Iterable[int]) -> dict[int, str]:
    """The e-mail addresses of these users, by id."""
    rows = await connection.fetch("SELECT id, email FROM users WHERE id = ANY($1)", list(user_ids))
    return {row["id"]: row["email"] for row in rows}


async def list_name_words(connection: Connection) -> list[tuple[int, list[str]]]:
    """The id of each user, and the words of the name as the search index holds them."""
    rows = await connection.fetch("SELECT id, search_words(name) FROM users")
    return [(row[0], row[1]) for row in rows]


async def lock_user(connection: Connection, user_id: int) -> User | None:
    """Find a user, and let nobody else change any owner until the transaction ends.

    So two owners who demote each other at the same time wait for each other, and one of them stays.
    """
    await connection.execute("SELECT FROM users WHERE role = 'owner' ORDER BY id FOR UPDATE")
    row = await connection.fetchrow(f"SELECT {COLUMNS} FROM users WHERE id = $1 FOR UPDATE", user_id)
    return User(*row) if row else None


async def count_owners(connection: Connection, *, without: int) -> int:
    """How many other owners can sign in."""
    number: int = await connection.fetchval(
        "SELECT count(*) FROM users WHERE role = 'owner' AND disabled_at IS NULL AND id <> $1", without
    )
    return number


async def set_role(connection: Connection, user_id: int, role: Role, at: datetime) -> None:
    """Change the role of a user."""
    await connection.execute("UPDATE users SET role = $2, updated_at = $3 WHERE id = $1", user_id, role, at)


async def set_disabled(connection: Connection, user_id: int, disabled_at: datetime | None, at: datetime) -> None:
    """Disable a user, or enable them again."""
    await connection.execute(
        "UPDATE users SET disabled_at = $2, updated_at = $3 WHERE id = $1", user_id, disabled_at, at
    )
