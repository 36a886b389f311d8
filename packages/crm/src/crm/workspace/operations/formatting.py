"""Formats sizes, durations and schedules for people."""

from __future__ import annotations

import re
from datetime import datetime

from crm.kernel import clock

_SIZES = (("GB", 10**9), ("MB", 10**6), ("kB", 10**3))
_UNITS = (("day", 86_400), ("h", 3600), ("min", 60), ("s", 1))


def format_size(number: int) -> str:
    """Format bytes as `812 kB`, `142.8 MB` or `1.2 GB`."""
    for word, unit in _SIZES:
        if number >= unit:
            amount = number / unit
            return f"{amount:.0f} {word}" if word == "kB" else f"{amount:.1f} {word}"
    return f"{number} bytes"


def percent(part: int, whole: int) -> int:
    """Percentage, rounded, at most 100."""
    return min(100, round(100 * part / whole)) if whole else 100


def format_duration(seconds: float) -> str:
    """Format a duration by its two largest parts: `2 days 3 h`, `4 min 10 s`."""
    remaining, parts = round(seconds), []
    for word, unit in _UNITS:
        count, remaining = divmod(remaining, unit)
        if count:
            parts.append(f"{count} {word}{'s' if word == 'day' and count > 1 else ''}")
    return " ".join(parts[:2]) or "under a second"


def format_schedule(cron: str) -> str:
    """Format a cron schedule as `every minute`, `hourly at :07` or `daily at 03:53`. Others stay as they are."""
    if cron == "* * * * *":
        return "every minute"
    match = re.fullmatch(r"(\d{1,2}) (\d{1,2}|\*) \* \* \*", cron)
    if match is None:
        return cron
    minute, hour = match.groups()
    return f"hourly at :{minute:0>2}" if hour == "*" else f"daily at {hour:0>2}:{minute:0>2}"


def format_ago(moment: datetime) -> str:
    """Format how long ago a moment was, by its largest part."""
    seconds = (clock.now() - moment).total_seconds()
    if seconds < 0:
        return "in the future"
    return f"{format_duration(seconds - seconds % _largest_unit(seconds))} ago" if seconds >= 1 else "just now"


def _largest_unit(seconds: float) -> int:
    return next((unit for _, unit in _UNITS if seconds >= unit), 1)
