"""People who sign in, and the sessions that keep them in."""

from __future__ import annotations

from datetime import datetime

import msgspec

from crm.kernel.actor import Actor


class User(msgspec.Struct, frozen=True):
    id: int
    email: str
    name: str
    theme: str
    created_at: datetime
    updated_at: datetime

    @property
    def actor(self) -> Actor:
        """This person as the one who does something."""
        return Actor("person", self.id, self.name)


class Session(msgspec.Struct, frozen=True):
    """One browser of one person. It ends at `idle_until` unless used, and at `ends_at` in any case."""

    id: int
    user_id: int
    device: str
    created_at: datetime
    seen_at: datetime
    idle_until: datetime
    ends_at: datetime
