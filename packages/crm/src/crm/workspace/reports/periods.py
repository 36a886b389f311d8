"""The days that a report is about, and the days before that it is compared with."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Literal

import msgspec

from crm.kernel.errors import FieldError, ValidationError

Preset = Literal["30d", "90d", "12m", "year"]
PRESETS: tuple[tuple[Preset, str], ...] = (
    ("30d", "Last 30 days"), ("90d", "Last 90 days"), ("12m", "Last 12 months"), ("year", "This year"),
)  # fmt: skip
MAX_DAYS = 5 * 366


class Period(msgspec.Struct, frozen=True):
    """Whole days in the organization's time zone, `from` and `to` included."""

    first: date = msgspec.field(name="from")
    last: date = msgspec.field(name="to")

    @property
    def days(self) -> int:
        return (self.last - self.first).days + 1

    def before(self) -> Period:
        """The same number of days that end the day before."""
        return Period(self.first - timedelta(days=self.days), self.first - timedelta(days=1))

    @property
    def step(self) -> Literal["week", "month"]:
        """How long the parts are that a chart over time shows."""
        return "week" if self.days <= 100 else "month"

    def split(self) -> list[Period]:
        """The weeks or months of the period. The first and the last may be incomplete."""
        parts, first = [], self.first
        while first <= self.last:
            if self.step == "week":
                following = first + timedelta(days=7 - first.weekday())
            else:
                following = date(first.year + first.month // 12, first.month % 12 + 1, 1)
            parts.append(Period(first, min(following - timedelta(days=1), self.last)))
            first = following
        return parts


def choose(preset: Preset, first: date | None, last: date | None, today: date) -> Period:
    """The period from `first` to `last` or, without both, of the preset. Raises `ValidationError`."""
    if first is None and last is None:
        return _of_preset(preset, today)
    if first is None:
        raise ValidationError([FieldError("from", "Enter the first day too.")])
    last = last or max(today, first)
    if last < first:
        raise ValidationError([FieldError("to", "Enter a day that is not before the first day.")])
    if (last - first).days >= MAX_DAYS:
        raise ValidationError([FieldError("to", "Choose at most five years.")])
    return Period(first, last)


def _of_preset(preset: Preset, today: date) -> Period:
    if preset == "year":
        return Period(date(today.year, 1, 1), today)
    if preset == "12m":
        tomorrow = today + timedelta(days=1)
        # 29 February becomes 1 March.
        leap = tomorrow.month == 2 and tomorrow.day == 29
        return Period(date(tomorrow.year - 1, 3, 1) if leap else tomorrow.replace(year=tomorrow.year - 1), today)
    return Period(today - timedelta(days={"30d": 29, "90d": 89}[preset]), today)
