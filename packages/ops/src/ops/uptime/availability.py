"""Measured availability against the objective: the error budget of a window, and what is left of it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from fractions import Fraction

import msgspec

from ops.uptime.monitors import Monitor
from ops.uptime.provider import Provider

# Name, start, end, and the length whose error budget counts: all of a month, also while it lasts.
Window = tuple[str, datetime, datetime, timedelta]


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """One window of one monitor. Without figures `reason` says why nothing was measured."""

    monitor: str
    window: str
    budget_s: int
    availability: float | None = None
    downtime_s: int | None = None
    budget_left_s: int | None = None
    incidents: int | None = None
    reason: str = ""


def list_windows(now: datetime) -> list[Window]:
    """Returns the last 30 days and the month so far."""
    last = timedelta(days=30)
    month = now.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    next_month = (month + timedelta(days=31)).replace(day=1)
    return [("30 days", now - last, now, last), (f"{now:%Y-%m}", month, now, next_month - month)]


def get_error_budget_s(objective: float, length: timedelta) -> int:
    """Returns how many whole seconds of a window may be down: 2,592 s of 30 days under 99.9 %."""
    return int((1 - Fraction(str(objective)) / 100) * int(length.total_seconds()))


def measure_monitors(
    provider: Provider, monitors: Sequence[Monitor], objective: float, windows: Sequence[Window]
) -> list[Row]:
    """Returns a row for each window of each URL. Heartbeats are no part of what visitors reach."""
    existing = {each.name: each for each in provider.list_existing()}
    rows = []
    for monitor in (each for each in monitors if each.url):
        have = existing.get(monitor.name)
        for name, start, end, length in windows:
            budget_s = get_error_budget_s(objective, length)
            seen = provider.measure(have, start, end) if have and have.active else None
            reason = "is paused, or was not checked yet" if have else "is not there: run `ops uptime apply`"
            figures = {**seen._asdict(), "budget_left_s": budget_s - seen.downtime_s} if seen else {"reason": reason}
            rows.append(Row(monitor=monitor.label, window=name, budget_s=budget_s, **figures))
    return rows
