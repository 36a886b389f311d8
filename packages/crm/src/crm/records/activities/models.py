"""An entry of a timeline: a note, a call, a meeting, an e-mail, a change of status, or a fact of the system."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from crm.records.base import Placed

Kind = Literal["note", "call", "meeting", "email", "status", "system"]
WRITTEN: tuple[Kind, ...] = ("note", "call", "meeting", "email")
"""The kinds that users and programs write, change and delete. The others are history."""


class Activity(Placed, frozen=True):
    """It may show on several records. `at` is when it happened, `by_*` who did or wrote it.

    `email_id` is the e-mail that it stands for, of which it holds the beginning; `change_set_id` the change set that it
    tells of, which is kept for 30 days.
    """

    id: int
    kind: Kind
    body: str
    lead_id: int | None
    contact_id: int | None
    company_id: int | None
    by_kind: Literal["person", "key", "visitor", "system"]
    by_id: int | None
    by_name: str
    email_id: int | None
    change_set_id: int | None
    version: int
    at: datetime
    created_at: datetime
    updated_at: datetime

    @property
    def written(self) -> bool:
        """True if somebody wrote it here, so it may be changed. A message, status or system activity is history."""
        return self.kind in WRITTEN and self.email_id is None
