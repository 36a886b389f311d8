"""A timeline as people read it: by day, newest first."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from itertools import groupby
from zoneinfo import ZoneInfo

import msgspec

from crm.activities.models import Activity


class Day(msgspec.Struct, frozen=True):
    """What happened on one day of the reader's time zone: each line with its time of day."""

    date: date
    lines: list[tuple[str, Activity]]


def by_day(lines: Iterable[Activity], zone: str) -> list[Day]:
    """`lines`, which are newest first, by the days of the time zone `zone`."""
    timed = [(line.at.astimezone(ZoneInfo(zone)), line) for line in lines]
    return [
        Day(day, [(f"{at:%H:%M}", line) for at, line in group])
        for day, group in groupby(timed, key=lambda pair: pair[0].date())
    ]
