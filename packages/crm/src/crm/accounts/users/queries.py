"""The SQL of invitations, and how users are listed."""

from __future__ import annotations

from datetime import datetime

from crm.accounts.permissions import Role
from crm.accounts.users.models import Invitation, TeamUser
from crm.kernel.db import Connection
from crm.kernel.http.list_totals import Totals
from crm.kernel.http.paging import Listing, Sort

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
