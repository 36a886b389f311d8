"""An entry of a timeline: a note, a call, a meeting, an e-mail, a change of status, or a fact of the system."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

import msgspec

Kind = Literal["note", "call", "meeting", "email", "status", "system"]
WRITTEN: tuple[Kind, ...] = ("note", "call", "meeting", "email")
"""The kinds that users and programs write, change and delete. The others are history."""


class Activity(msgspec.Struct, frozen=True):
    """It may show on several records. `at` is when it happened, `by_*` who did or wrote it."""

    id: int
    kind: Kind
    body: str
    lead_id: int | None
    contact_id: int | None
    company_id: int | None
    by_kind: Literal["person", "key", "visitor", "system"]
    by_id: int | None
    by_name: str
    version: int
    at: datetime
    created_at: datetime
    updated_at: datetime

    @property
    def written(self) -> bool:
        """True if somebody wrote it, so it may be changed. A status or system activity is history."""
        return self.kind in WRITTEN
