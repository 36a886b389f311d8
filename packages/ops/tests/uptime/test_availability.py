"""The error budget of a window."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from ops.cli import format_duration
from ops.uptime.availability import get_error_budget_s, list_windows


def test_thirty_days_may_be_down_for_43_minutes_and_12_seconds():
    assert format_duration(get_error_budget_s(99.9, timedelta(days=30))) == "43 min 12 s"


@pytest.mark.parametrize(("objective", "days", "seconds"), [(99.9, 31, 2678), (99.99, 30, 259), (99.95, 30, 1296)])
def test_budgets_are_whole_seconds_and_exact(objective: float, days: int, seconds: int):
    assert get_error_budget_s(objective, timedelta(days=days)) == seconds


@pytest.mark.parametrize(("day", "days"), [("2026-02-01", 28), ("2026-12-31", 31), ("2028-02-29", 29)])
def test_the_month_so_far_has_the_budget_of_all_of_it(day: str, days: int):
    now = datetime.fromisoformat(f"{day}T12:00:00").replace(tzinfo=UTC)
    (_, start, end, length), (name, first, until, whole) = list_windows(now)
    assert (end - start, length) == (timedelta(days=30), timedelta(days=30))
    assert (name, first.day, first.hour, until, whole) == (day[:7], 1, 0, now, timedelta(days=days))
