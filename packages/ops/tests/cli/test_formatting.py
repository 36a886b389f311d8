from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from ops.cli import format_age, format_count, format_duration, format_size


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.2, "under a second"), (61, "1 min 1 s"), (3600, "1 h"), (90_000, "1 day 1 h"), (180_061, "2 days 2 h")],
)
def test_a_duration_has_its_two_largest_parts(seconds: float, text: str) -> None:
    assert format_duration(seconds) == text


@pytest.mark.parametrize(("count", "text"), [(0, "0 checks"), (1, "1 check"), (2, "2 checks"), (2000, "2,000 checks")])
def test_a_count_agrees_with_its_noun(count: int, text: str) -> None:
    assert format_count(count, "check") == text


def test_a_plural_of_its_own_is_used() -> None:
    assert format_count(2, "reply", "replies") == "2 replies"


def test_an_age_in_the_future_is_now() -> None:
    now = datetime(2026, 3, 1, tzinfo=UTC)
    assert format_age(now - timedelta(hours=3), now) == "3 h ago"
    assert format_age(now + timedelta(hours=3), now) == "under a second ago"


def test_sizes_are_decimal() -> None:
    assert format_size(1_500_000) == "1.5 MB"
