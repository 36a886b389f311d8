"""The form of the working hours."""

from __future__ import annotations

from datetime import time
from typing import Annotated, Any, Literal

import msgspec

from crm.accounts import settings
from crm.accounts.working_hours.models import WorkingHours
from crm.kernel.errors import FieldError, ValidationError

Clock = Annotated[str, msgspec.Meta(pattern=r"^(([01]\d|2[0-3]):[0-5]\d)?$", examples=["20:00"])]


class Change(msgspec.Struct, frozen=True):
    """The working hours of the signed-in user. A box that is not ticked is not sent."""

    working_days: Annotated[list[Literal["1", "2", "3", "4", "5", "6", "7"]], msgspec.Meta(min_length=1)]
    time_zone: Annotated[str, msgspec.Meta(max_length=60)] = ""
    quiet_from: Clock = ""
    quiet_until: Clock = ""
    reminders: bool = False
    digest: bool = False

    def to_hours(self) -> WorkingHours:
        """What is stored. Raises `ValidationError` for what the annotations cannot find."""
        errors = []
        if self.time_zone and self.time_zone not in settings.list_time_zones():
            errors.append(FieldError("time_zone", "Choose a time zone from the list, such as Europe/Bucharest."))
        if bool(self.quiet_from) != bool(self.quiet_until):
            missing = "quiet_until" if self.quiet_from else "quiet_from"
            errors.append(FieldError(missing, "Give both ends of the quiet hours, or neither."))
        elif self.quiet_from and self.quiet_from == self.quiet_until:
            errors.append(FieldError("quiet_until", "Give another time than the beginning."))
        if errors:
            raise ValidationError(errors)
        return WorkingHours(
            self.time_zone, tuple(sorted({int(day) for day in self.working_days})), _read_time(self.quiet_from),
            _read_time(self.quiet_until), self.reminders, self.digest,
        )  # fmt: skip


def read_values(hours: WorkingHours) -> dict[str, Any]:
    """The values as the controls of the form hold them."""
    return msgspec.structs.asdict(hours) | {
        "working_days": [str(day) for day in hours.working_days],
        "quiet_from": f"{hours.quiet_from:%H:%M}" if hours.quiet_from else "",
        "quiet_until": f"{hours.quiet_until:%H:%M}" if hours.quiet_until else "",
    }


def _read_time(text: str) -> time | None:
    return time.fromisoformat(text) if text else None
