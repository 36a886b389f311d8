"""Users and their sessions."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

import msgspec

from crm.accounts import permissions
from crm.accounts.permissions import Permission, Role
from crm.kernel.actor import Actor

Method = Literal["password", "code", "recovery_code", "passkey", "openid", "invitation"]
"""What proved who it is at the sign-in. The two codes come after the password."""
METHOD_LABELS: dict[str | None, str] = {
    "password": "Password",
    "code": "Password and code",
    "recovery_code": "Password and recovery code",
    "passkey": "Passkey",
    "openid": "Single sign-on",
    "invitation": "Invitation",
}
"""The name of each method."""


class User(msgspec.Struct, frozen=True):
    id: int
    email: str
    name: str
    theme: str
    role: Role
    disabled_at: datetime | None
    created_at: datetime
    updated_at: datetime

    @property
    def actor(self) -> Actor:
        """This user as the author of a change."""
        return Actor("person", self.id, self.name)

    def can(self, permission: Permission) -> bool:
        """Whether this user's role has the permission."""
        return permissions.is_allowed(self.role, permission)


class Session(msgspec.Struct, frozen=True):
    """A signed-in browser of a user. It ends at `idle_until` unless it is used, and always at `ends_at`.

    At `confirmed_at` the user last proved who it is. `method` is None for sessions from before it was recorded.
    """

    id: int
    user_id: int
    device: str
    created_at: datetime
    seen_at: datetime
    idle_until: datetime
    ends_at: datetime
    confirmed_at: datetime | None
    method: str | None
