"""When a task comes again."""

from __future__ import annotations

from datetime import date

import pytest

from crm.records.tasks.recurrence import describe_rule, find_next, normalize_rule


def list_days(text: str, start: str, number: int) -> list[str]:
    """The first days of a series, each found from the one before, as tasks are repeated."""
    day = date.fromisoformat(start)
    rule, days = normalize_rule(text, day), [start]
    while len(days) < number and (following := find_next(rule, day, day)):
        day = following
        days.append(day.isoformat())
    return days


@pytest.mark.parametrize(
    ("rule", "days"),
    [
        ("FREQ=DAILY", ["2026-12-31", "2027-01-01", "2027-01-02"]),
        ("FREQ=WEEKLY", ["2026-12-31", "2027-01-07", "2027-01-14"]),
        ("FREQ=WEEKLY;INTERVAL=2", ["2026-12-31", "2027-01-14", "2027-01-28"]),
        ("FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR", ["2026-12-31", "2027-01-01", "2027-01-04"]),
        ("FREQ=MONTHLY", ["2027-01-31", "2027-02-28", "2027-03-31", "2027-04-30", "2027-05-31"]),
        ("FREQ=MONTHLY", ["2028-01-30", "2028-02-29", "2028-03-30"]),
        ("FREQ=MONTHLY;INTERVAL=3", ["2026-11-30", "2027-02-28", "2027-05-30"]),
        ("FREQ=MONTHLY", ["2027-01-15", "2027-02-15"]),
        ("FREQ=MONTHLY;BYDAY=-1FR", ["2027-01-29", "2027-02-26"]),
        ("FREQ=YEARLY", ["2028-02-29", "2029-02-28", "2030-02-28", "2031-02-28", "2032-02-29"]),
        ("FREQ=YEARLY", ["2027-12-31", "2028-12-31"]),
        ("RRULE:FREQ=DAILY;UNTIL=20270101T120000Z", ["2026-12-31", "2027-01-01"]),
    ],
)
def test_a_series_comes_on_these_days(rule: str, days: list[str]):
    found = list_days(rule, days[0], len(days) + ("UNTIL" in rule))
    assert found == days


def test_a_task_that_was_put_off_does_not_move_its_series():
    monday, wednesday = date(2026, 11, 30), date(2026, 12, 2)
    rule = normalize_rule("FREQ=WEEKLY", monday)
    assert find_next(rule, wednesday, wednesday) == date(2026, 12, 7)


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        ("every week", "Give an RRULE"),
        ("FREQ=HOURLY", "Give an RRULE"),
        ("FREQ=WEEKLY;FREQ=DAILY", "twice"),
        ("FREQ=DAILY;COUNT=3", "UNTIL"),
        ("FREQ=DAILY;INTERVAL=0", "INTERVAL=0 is not supported"),
        ("FREQ=DAILY;BYMONTH=2", "BYMONTH=2 is not supported"),
        ("FREQ=MONTHLY;BYMONTHDAY=32", "BYMONTHDAY=32"),
        ("FREQ=MONTHLY;BYDAY=MO;BYMONTHDAY=1", "not both"),
        ("FREQ=DAILY;UNTIL=20279999", ""),
    ],
)
def test_a_rule_that_cannot_be_kept_is_refused_with_a_reason(rule: str, message: str):
    with pytest.raises(ValueError, match=message):
        normalize_rule(rule, date(2026, 11, 30))


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        ("FREQ=DAILY", "Every day"),
        ("FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR", "Every weekday"),
        ("FREQ=WEEKLY;INTERVAL=2", "Every 2 weeks on Tuesday"),
        ("FREQ=MONTHLY", "Every month on the last day"),
        ("FREQ=YEARLY;UNTIL=20301231", "Every year on day 31 of March until 2030-12-31"),
    ],
)
def test_a_rule_is_said_in_words(rule: str, words: str):
    assert describe_rule(normalize_rule(rule, date(2026, 3, 31))) == words
