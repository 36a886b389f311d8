"""Moments when people work, so that no sample call is at night."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

START, END = time(9, 0), time(17, 30)
_MINUTES = (END.hour - START.hour) * 60 + END.minute - START.minute
_DAY = 24 * 60


def is_working_time(moment: datetime, zone: ZoneInfo) -> bool:
    """Whether people work then: Monday to Friday, 9:00 to 17:30."""
    local = moment.astimezone(zone)
    return _is_working_day(local.date()) and START <= local.time() <= END


def spread(moment: datetime, zone: ZoneInfo) -> datetime:
    """A working moment that is not later. The hours of the whole day are spread over the working hours."""
    local = moment.astimezone(zone)
    minute = (local.hour * 60 + local.minute) * _MINUTES // _DAY
    day = local.date()
    while not _is_working_day(day) or _at(day, minute, zone) > moment:
        day -= timedelta(days=1)
    return _at(day, minute, zone)


def latest(moment: datetime, zone: ZoneInfo) -> datetime:
    """The last working moment that is not later."""
    return moment if is_working_time(moment, zone) else _at(_find_day(moment, zone, -1), _MINUTES, zone)


def earliest(moment: datetime, zone: ZoneInfo) -> datetime:
    """The first working moment that is not earlier."""
    # Not everybody starts at nine sharp.
    minute = moment.astimezone(zone).minute
    return moment if is_working_time(moment, zone) else _at(_find_day(moment, zone, 1), minute, zone)


def next_working_day(day: date) -> date:
    """This day, or the Monday after it."""
    while not _is_working_day(day):
        day += timedelta(days=1)
    return day


def _find_day(moment: datetime, zone: ZoneInfo, step: int) -> date:
    """The nearest working day with working hours before (`step` -1) or after (1) a moment outside of them."""
    local = moment.astimezone(zone)
    day = local.date()
    if not (local.time() > END if step < 0 else local.time() < START):
        day += timedelta(days=step)
    while not _is_working_day(day):
        day += timedelta(days=step)
    return day


def _is_working_day(day: date) -> bool:
    return day.weekday() < 5


def _at(day: date, minute: int, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, START, zone) + timedelta(minutes=minute)
