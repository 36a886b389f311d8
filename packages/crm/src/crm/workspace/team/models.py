"""The rows of the team page."""

from __future__ import annotations

from datetime import datetime

import msgspec

from crm.accounts.permissions import Role


class TeamMember(msgspec.Struct, frozen=True):
    """A user, with what depends on them, and how their account is protected."""

    id: int
    name: str
    email: str
    role: Role
    disabled_at: datetime | None
    created_at: datetime
    last_seen_at: datetime | None
    open_leads: int
    api_keys: int
    two_factor: bool
    passkeys: int
    single_sign_on: bool

    @property
    def protection(self) -> str:
        """What signs them in besides the password."""
        passkeys = f"{self.passkeys} passkeys" if self.passkeys > 1 else "Passkey"
        found = ((self.passkeys, passkeys), (self.two_factor, "Two-factor"), (self.single_sign_on, "Single sign-on"))
        return ", ".join(name for has_it, name in found if has_it)
