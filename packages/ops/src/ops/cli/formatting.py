"""Durations, sizes, ages and counts as people read them."""

from __future__ import annotations

from datetime import datetime, timedelta

from rich.filesize import decimal

_UNITS = (("day", 86_400), ("h", 3600), ("min", 60), ("s", 1))


def format_duration(duration: timedelta | float) -> str:
    """Returns the two largest parts of a duration (seconds where it is a number): `2 days 3 h`, `4 min 5 s`."""
    rest = round(duration.total_seconds() if isinstance(duration, timedelta) else duration)
    parts = []
    for unit, size in _UNITS:
        count, rest = divmod(rest, size)
        if count:
            parts.append(f"{count} {unit}{'s' if unit == 'day' and count > 1 else ''}")
    return " ".join(parts[:2]) or "under a second"


def format_age(then: datetime, now: datetime) -> str:
    """Returns how long ago `then` was: `3 h 2 min ago`."""
    return f"{format_duration(max(now - then, timedelta()))} ago"


def format_size(size: int) -> str:
    """Returns bytes in decimal units: `1.5 MB`."""
    return decimal(size)


def format_count(count: int, noun: str, plural: str = "") -> str:
    """Returns `1 check`, `2 checks`, `2,000 checks`. Pass `plural` where an s is not enough."""
    return f"{count:,} {noun if count == 1 else plural or noun + 's'}"
