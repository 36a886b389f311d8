"""The SQL of the team page. It reads the tables of several modules and writes nothing."""

from __future__ import annotations

from datetime import datetime

from crm.kernel.db import Connection
from crm.workspace.team.models import TeamMember

_SELECT = """
SELECT users.id, users.name, users.email, users.role, users.disabled_at, users.created_at, users.last_seen_at,
       (
           SELECT count(*)
           FROM leads
           WHERE leads.owner_id = users.id AND leads.status NOT IN ('won', 'lost') AND NOT leads.synthetic
       ),
       (SELECT count(*) FROM tasks WHERE assignee_id = users.id AND done_at IS NULL AND deleted_at IS NULL),
       (
           SELECT count(*)
           FROM api_keys
           WHERE api_keys.created_by = users.id AND revoked_at IS NULL AND coalesce(expires_at > $1, true)
       ),
       users.totp_confirmed_at IS NOT NULL,
       (SELECT count(*) FROM passkeys WHERE passkeys.user_id = users.id),
       EXISTS (SELECT FROM identities WHERE identities.user_id = users.id)
FROM users
"""


async def list_members(connection: Connection, at: datetime) -> list[TeamMember]:
    """List everybody by name, those who are disabled last."""
    rows = await connection.fetch(f"{_SELECT} ORDER BY users.disabled_at IS NOT NULL, users.name, users.id", at)
    return [TeamMember(*row) for row in rows]


async def find_member(connection: Connection, user_id: int, at: datetime) -> TeamMember | None:
    """Find one user."""
    row = await connection.fetchrow(f"{_SELECT} WHERE users.id = $2", at, user_id)
    return TeamMember(*row) if row else None
