"""When a user works."""

from __future__ import annotations

from datetime import datetime, time
from zoneinfo import ZoneInfo

import msgspec

from crm.accounts.permissions import Role


class WorkingHours(msgspec.Struct, frozen=True):
    """Without a `time_zone` it is that of the organization. Days are those of ISO 8601: Monday is 1.

    From `quiet_from` to `quiet_until`, which may be on the next day, nothing is sent.
    """

    time_zone: str = ""
    working_days: tuple[int, ...] = (1, 2, 3, 4, 5)
    quiet_from: time | None = time(20)
    quiet_until: time | None = time(7)
    reminders: bool = True
    digest: bool = True

    def localize(self, moment: datetime, default_zone: str) -> datetime:
        """The moment as the user's clock shows it."""
        return moment.astimezone(ZoneInfo(self.time_zone or default_zone))

    def is_reachable(self, local: datetime) -> bool:
        """Whether something may be sent at this local time: on a working day, outside the quiet hours."""
        return local.isoweekday() in self.working_days and not self._is_quiet(local.time())

    def _is_quiet(self, at: time) -> bool:
        if self.quiet_from is None or self.quiet_until is None:
            return False
        if self.quiet_from < self.quiet_until:
            return self.quiet_from <= at < self.quiet_until
        return at >= self.quiet_from or at < self.quiet_until


class Worker(msgspec.Struct, frozen=True):
    """A user who can sign in and work, and when."""

    id: int
    name: str
    email: str
    created_at: datetime
    role: Role
    hours: WorkingHours
