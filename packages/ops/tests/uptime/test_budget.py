"""The budget is counted in whole milliseconds, and its rules are those of the SRE workbook."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ops.uptime import account, budget
from ops.uptime.budget import Bad, Severity
from ops.uptime.spans import DAY_MS, HOUR_MS, MINUTE_MS
from ops.uptime.wording import lasting, percent


def test_a_month_of_thirty_days_may_be_down_for_43_minutes_and_12_seconds():
    assert budget.whole(budget.allowed(99.9), 30 * DAY_MS) == 43 * MINUTE_MS + 12_000


@given(st.integers(0, 400 * DAY_MS), st.sampled_from([99.0, 99.5, 99.9, 99.95, 99.99]))
def test_what_is_left_and_what_is_down_are_the_budget_exactly(down: int, objective: float):
    share = budget.allowed(objective)
    whole = budget.whole(share, 30 * DAY_MS)
    assert (whole - down) + down == whole == 30 * DAY_MS * share
    assert budget.burn(whole, 30 * DAY_MS, share) == 1


@pytest.mark.parametrize(
    ("failed", "found"),
    [(3, Severity.NONE), (4, Severity.PAGE)],
)
def test_four_failed_probes_in_an_hour_page_and_three_do_not(simulation: Any, failed: int, found: Severity):
    assert severity_after(simulation, failed) is found


def severity_after(simulation: Any, failed: int) -> Severity:
    """A day of good probes, then so many bad ones; judged when the next one comes."""
    end = simulation.start + DAY_MS
    records = simulation.records(simulation.start, end + 1, [(end - failed * simulation.every, end)])

    def bad(length: int) -> Bad:
        counted = account.of(records, [], end - length, end)
        return Bad(counted.down, counted.bad)

    return budget.severity(bad, simulation.share)


@pytest.mark.parametrize(
    ("hours", "spread", "rule"),
    [(6, 9, Severity.PAGE), (6, 8, Severity.NONE), (72, 18, Severity.TICKET), (72, 17, Severity.NONE)],
)
def test_slow_burns_need_nine_probes_in_six_hours_or_eighteen_in_three_days(hours, spread, rule):
    # All of the failures lie in the long window, the least that the short one asks for in it as well.
    def bad(length: int) -> Bad:
        count = spread if length >= hours * HOUR_MS else 2 if length >= hours * HOUR_MS // 12 else 0
        return Bad(count * 15_000, count)

    assert budget.severity(bad, Fraction(1, 1000)) is rule


def test_an_outage_that_is_over_pages_nobody():
    assert (
        budget.severity(lambda length: Bad(0 if length < HOUR_MS else 600_000, 40), Fraction(1, 1000)) < Severity.PAGE
    )


def test_one_failed_probe_is_no_alarm_however_long_it_counts():
    assert budget.severity(lambda _: Bad(300_000, 1), Fraction(1, 1000)) is Severity.NONE


def test_lengths_of_time_are_told_by_their_two_greatest_parts():
    assert [lasting(each) for each in (0, 400, 255_000, 3_600_000, 93_784_000, -61_000)] == [
        "0 s", "under 1 s", "4 min 15 s", "1 h", "1 d 2 h", "−1 min 1 s",
    ]  # fmt: skip


def test_a_share_is_rounded_down_so_that_nothing_looks_perfect_that_was_not():
    assert percent(Fraction(9_999_999, 10_000_000)) == "99.999 %"
    assert (percent(Fraction(1)), percent(None)) == ("100 %", "–")
