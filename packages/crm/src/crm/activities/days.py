"""A timeline as people read it: by day, newest first."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from itertools import groupby
from zoneinfo import ZoneInfo

import msgspec

from crm.activities.models import Activity


class Day(msgspec.Struct, frozen=True):
    """What happened on one day of the reader's time zone."""

    date: date
    lines: list[Activity]


def by_day(lines: Iterable[Activity], zone: str) -> list[Day]:
    """`lines`, which are newest first, by the days of the time zone `zone`."""
    here = ZoneInfo(zone)
    return [Day(day, list(group)) for day, group in groupby(lines, key=lambda line: line.at.astimezone(here).date())]
