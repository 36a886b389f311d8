"""Figures as people read them."""

from __future__ import annotations

from fractions import Fraction

from ops.uptime import windows
from ops.uptime.spans import DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def lasting(milliseconds: int) -> str:
    """A length of time by its two greatest parts: 4 min 15 s, 2 d 3 h. Rounded down, but never to nothing."""
    if milliseconds < 0:
        return f"−{lasting(-milliseconds)}"
    if 0 < milliseconds < SECOND_MS:
        return "under 1 s"
    parts: list[str] = []
    rest = milliseconds
    for unit, name in ((DAY_MS, "d"), (HOUR_MS, "h"), (MINUTE_MS, "min"), (SECOND_MS, "s")):
        count, rest = divmod(rest, unit)
        if count or parts:
            parts.append(f"{count} {name}" if count else "")
    return " ".join(part for part in parts[:2] if part) or "0 s"


def percent(share: Fraction | None, places: int = 3) -> str:
    """A share in percent, rounded down: 99.9996 % of good time is not all of it."""
    if share is None:
        return "–"
    if share == 1:
        return "100 %"
    scale = 10**places
    whole, part = divmod(int(share * 100 * scale), scale)
    return f"{whole}.{part:0{places}} %"


def day(at: int) -> str:
    """The day of a moment: 22 Nov 2026."""
    when = windows.moment(at)
    return f"{when.day} {_MONTHS[when.month - 1]} {when.year}"


def clock(at: int) -> str:
    """The time of day of a moment: 14:05."""
    return f"{windows.moment(at):%H:%M}"


def exactly(at: int) -> str:
    """A moment to the second: 22 Nov 2026, 14:05:13 UTC."""
    return f"{day(at)}, {windows.moment(at):%H:%M:%S} UTC"
