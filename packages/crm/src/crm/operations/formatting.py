"""Sizes, lengths of time and schedules as people say them."""

from __future__ import annotations

import re
from datetime import datetime

from crm.kernel import clock

_SIZES = (("GB", 10**9), ("MB", 10**6), ("kB", 10**3))
_SPANS = (("day", 86_400), ("h", 3600), ("min", 60), ("s", 1))


def size(number: int) -> str:
    """Bytes as `812 kB`, `142.8 MB`, `1.2 GB`."""
    for word, unit in _SIZES:
        if number >= unit:
            shown = number / unit
            return f"{shown:.0f} {word}" if word == "kB" else f"{shown:.1f} {word}"
    return f"{number} bytes"


def share(part: int, whole: int) -> int:
    """Percent, rounded, at most 100."""
    return min(100, round(100 * part / whole)) if whole else 100


def length(seconds: float) -> str:
    """A length of time by its two largest parts: `2 days 3 h`, `4 min 10 s`."""
    left, parts = round(seconds), []
    for word, unit in _SPANS:
        count, left = divmod(left, unit)
        if count:
            parts.append(f"{count} {word}{'s' if word == 'day' and count > 1 else ''}")
    return " ".join(parts[:2]) or "under a second"


def often(cron: str) -> str:
    """A schedule as `every minute`, `hourly at :07` or `daily at 03:53`; one of another shape as it was written."""
    if cron == "* * * * *":
        return "every minute"
    found = re.fullmatch(r"(\d{1,2}) (\d{1,2}|\*) \* \* \*", cron)
    if found is None:
        return cron
    minute, hour = found.groups()
    return f"hourly at :{minute:0>2}" if hour == "*" else f"daily at {hour:0>2}:{minute:0>2}"


def ago(moment: datetime) -> str:
    """How long ago that was, by its largest part."""
    seconds = (clock.now() - moment).total_seconds()
    if seconds < 0:
        return "dated ahead of now"
    return f"{length(seconds - seconds % _largest(seconds))} ago" if seconds >= 1 else "just now"


def _largest(seconds: float) -> int:
    return next((unit for _, unit in _SPANS if seconds >= unit), 1)
