"""The rows of the team page."""

from __future__ import annotations

from datetime import datetime

import msgspec

from crm.accounts.permissions import Role
from crm.values.formats import plural


def describe_work(leads: int, tasks: int) -> str:
    """Such as `3 open leads and 1 open task`; empty for none."""
    return " and ".join(plural(number, one) for number, one in ((leads, "open lead"), (tasks, "open task")) if number)


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
    open_tasks: int
    api_keys: int
    two_factor: bool
    passkeys: int
    single_sign_on: bool

    @property
    def work(self) -> str:
        """What has to be handed over when they leave; empty if nothing has."""
        return describe_work(self.open_leads, self.open_tasks)

    @property
    def protection(self) -> str:
        """What signs them in besides the password."""
        passkeys = f"{self.passkeys} passkeys" if self.passkeys > 1 else "Passkey"
        found = ((self.passkeys, passkeys), (self.two_factor, "Two-factor"), (self.single_sign_on, "Single sign-on"))
        return ", ".join(name for has_it, name in found if has_it)
