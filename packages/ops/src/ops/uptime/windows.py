"""The windows people ask about: the last days, or a month of the calendar. All of them in UTC."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import NamedTuple

from ops.uptime.faults import Trouble
from ops.uptime.spans import DAY_MS, Span

BUDGET_DAYS = 30


class BadWindow(Trouble):
    """The window is not one; the message says how to write it."""


class Window(NamedTuple):
    """`span` is the whole of it, of which a part may lie ahead; the budget is that of the whole."""

    name: str
    span: Span

    def until(self, now: int) -> Span:
        """The part that has passed."""
        return self.span.clipped(self.span.begin, now)


def last(days: int, now: int) -> Window:
    return Window(f"{days} days", Span(now - days * DAY_MS, now))


def month(name: str) -> Window:
    """The month written as 2026-11. Raises `BadWindow`."""
    try:
        begin = datetime.strptime(name, "%Y-%m").replace(tzinfo=UTC)
    except ValueError as fault:
        raise BadWindow(f"{name!r} is no window. Write 30d, 90d, or a month such as 2026-11.") from fault
    after = begin.replace(year=begin.year + begin.month // 12, month=begin.month % 12 + 1)
    return Window(name, Span(milliseconds(begin), milliseconds(after)))


def months(now: int, count: int) -> list[Window]:
    """This month and those before it, newest first."""
    found = [month(f"{moment(now):%Y-%m}")]
    while len(found) < count:
        found.append(month(f"{moment(found[-1].span.begin - 1):%Y-%m}"))
    return found


def read(text: str, now: int) -> Window:
    """A window as written on a command line: 30d, 2026-11. Raises `BadWindow`."""
    days = re.fullmatch(r"([1-9]\d{0,2})d", text)
    return last(int(days[1]), now) if days else month(text)


def usual(now: int) -> list[Window]:
    return [last(BUDGET_DAYS, now), last(90, now), *months(now, 4)]


def day_of(at: int) -> int:
    """The day of a moment, counted from 1970-01-01."""
    return at // DAY_MS


def moment(at: int) -> datetime:
    return datetime.fromtimestamp(at / 1000, UTC)


def milliseconds(at: datetime) -> int:
    return round(at.timestamp() * 1000)


def stamp(at: int) -> str:
    """A moment as programs read it: 2026-11-22T14:05:13.250Z."""
    return moment(at).isoformat(timespec="milliseconds").replace("+00:00", "Z")
