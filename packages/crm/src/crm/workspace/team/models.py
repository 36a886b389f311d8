"""The rows of the team page."""

from __future__ import annotations

from datetime import datetime

import msgspec

from crm.accounts.permissions import Role


class TeamMember(msgspec.Struct, frozen=True):
    """A user, with what depends on them."""

    id: int
    name: str
    email: str
    role: Role
    disabled_at: datetime | None
    created_at: datetime
    last_seen_at: datetime | None
    open_leads: int
    api_keys: int
