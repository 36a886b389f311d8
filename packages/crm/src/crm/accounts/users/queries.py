"""The SQL of invitations, and of users as the team sees them."""

from __future__ import annotations

from datetime import datetime

from crm.accounts.auth import User
from crm.accounts.permissions import Role
from crm.accounts.users.models import Invitation, TeamUser
from crm.kernel.db import Connection
from crm.kernel.http.list_totals import Totals
from crm.kernel.http.paging import Listing, Sort

_USER = ", ".join(User.__struct_fields__)
_INVITATION = ", ".join(Invitation.__struct_fields__)
_OPEN = "accepted_at IS NULL AND revoked_at IS NULL"
LISTING: Listing[TeamUser] = Listing(
    table="users",
    columns="id, name, email, role, disabled_at IS NULL, created_at, last_seen_at",
    build=TeamUser,
    sorts={"name": Sort("name", str)},
    default="name",
    totals=Totals(),
)


async def lock(connection: Connection, user_id: int) -> User | None:
    """Find a user, and let nobody else change any owner until the transaction ends.

    So two owners who demote each other at the same time wait for each other, and one of them stays.
    """
    await connection.execute("SELECT FROM users WHERE role = 'owner' ORDER BY id FOR UPDATE")
    row = await connection.fetchrow(f"SELECT {_USER} FROM users WHERE id = $1 FOR UPDATE", user_id)
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


async def insert_invitation(
    connection: Connection, *, email: str, role: Role, invited_by: int | None, at: datetime, expires_at: datetime
) -> Invitation:
    """Add an invitation. An open one of the same address is revoked."""
    await connection.execute(f"UPDATE invitations SET revoked_at = $2 WHERE email = $1 AND {_OPEN}", email, at)
    row = await connection.fetchrow(
        f"""
        INSERT INTO invitations (email, role, invited_by, created_at, expires_at)
        VALUES ($1, $2, $3, $4, $5)
        RETURNING {_INVITATION}
        """,
        email, role, invited_by, at, expires_at,
    )  # fmt: skip
    return Invitation(*row)


async def find_invitation(connection: Connection, invitation_id: int) -> Invitation | None:
    """Find an invitation, and keep others from using it until the transaction ends."""
    row = await connection.fetchrow(f"SELECT {_INVITATION} FROM invitations WHERE id = $1 FOR UPDATE", invitation_id)
    return Invitation(*row) if row else None


async def list_open(connection: Connection) -> list[Invitation]:
    """List the invitations that nobody has accepted, the newest first."""
    rows = await connection.fetch(
        f"SELECT {_INVITATION} FROM invitations WHERE {_OPEN} ORDER BY created_at DESC, id DESC"
    )
    return [Invitation(*row) for row in rows]


async def set_accepted(connection: Connection, invitation_id: int, at: datetime) -> None:
    """Mark an invitation as accepted."""
    await connection.execute("UPDATE invitations SET accepted_at = $2 WHERE id = $1", invitation_id, at)


async def set_revoked(connection: Connection, invitation_id: int, at: datetime) -> None:
    """Revoke an invitation."""
    await connection.execute("UPDATE invitations SET revoked_at = $2 WHERE id = $1", invitation_id, at)
