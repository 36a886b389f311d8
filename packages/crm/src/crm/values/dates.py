"""Dates and moments: which are accepted, and how they are read."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

FIRST_YEAR, LAST_YEAR = 1900, 2200
_ERROR = "Enter a date such as 2026-11-22, or a moment such as 2026-11-22T14:30:00Z."


def is_in_range(value: date) -> bool:
    """Whether the date, or the date of the moment, is one that a record can have."""
    return FIRST_YEAR <= value.year <= LAST_YEAR


def normalize_moment(text: str) -> str:
    """A date, or a moment with its UTC offset, in ISO 8601. Raises `ValueError`."""
    parsed = _parse(text)
    if not is_in_range(parsed):
        raise ValueError(f"Enter a date between {FIRST_YEAR} and {LAST_YEAR}.")
    return parsed.isoformat()


def parse_moment(text: str | datetime, zone: str) -> datetime:
    """The moment that `normalize_moment` accepted. A date is its first moment in the time zone `zone`."""
    parsed = text if isinstance(text, datetime) else _parse(text)
    return parsed if isinstance(parsed, datetime) else datetime(*parsed.timetuple()[:3], tzinfo=ZoneInfo(zone))


def in_zone(moment: datetime, zone: str) -> datetime:
    """The moment in a time zone; in UTC where its local time is beyond the calendar."""
    try:
        return moment.astimezone(ZoneInfo(zone))
    except OverflowError:
        return moment.astimezone(UTC)


def read_reported(text: Any) -> datetime | None:
    """The moment that a browser reported in ISO 8601, in UTC unless it says otherwise; None for anything else."""
    try:
        moment = datetime.fromisoformat(text)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    except (TypeError, ValueError, OverflowError):
        return None


def _parse(text: str) -> date | datetime:
    try:
        if len(text) == len("2026-11-22"):
            return msgspec.convert(text, date)
        moment = msgspec.convert(text, datetime)
    except msgspec.ValidationError:
        raise ValueError(_ERROR) from None
    if moment.tzinfo is None:
        raise ValueError("Add the UTC offset, such as 2026-11-22T14:30:00Z, or give the date alone.")
    return moment
