"""Invitations, and the users as programs see them."""

from __future__ import annotations

from datetime import datetime

import msgspec

from crm.accounts.permissions import Role


class Invitation(msgspec.Struct, frozen=True):
    """It is open until it is accepted or revoked. After `expires_at` its link no longer works."""

    id: int
    email: str
    role: Role
    invited_by: int | None
    created_at: datetime
    expires_at: datetime
    accepted_at: datetime | None
    revoked_at: datetime | None


class TeamUser(msgspec.Struct, frozen=True):
    """A user. Who is not `active` can no longer sign in."""

    id: int
    name: str
    email: str
    role: Role
    active: bool
    created_at: datetime
    last_seen_at: datetime | None
