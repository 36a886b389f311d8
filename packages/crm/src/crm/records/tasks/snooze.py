"""The days to which a task, or the next step of a lead, is put off."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, timedelta

from crm.records.tasks.forms import Snooze

WORKING_DAYS = (1, 2, 3, 4, 5)
"""Monday to Friday, as ISO 8601 numbers them."""


def find_working_day(day: date, working_days: Collection[int] = WORKING_DAYS) -> date:
    """The day itself or the next one on which the person works."""
    days = (day + timedelta(days=number) for number in range(7))
    return next((each for each in days if each.isoweekday() in working_days), day)


def snooze_to(when: Snooze, today: date, working_days: Collection[int] = WORKING_DAYS) -> date:
    """The day that each choice means. *Later* is the first working day of the next week."""
    if when == "today":
        return today
    tomorrow = find_working_day(today + timedelta(days=1), working_days)
    monday = today + timedelta(days=8 - today.isoweekday())
    if when == "tomorrow":
        return tomorrow
    if when == "week":
        week = [monday - timedelta(days=number) for number in range(1, 7)]
        last = next((day for day in week if day.isoweekday() in working_days), tomorrow)
        return max(last, tomorrow)
    later = find_working_day(monday, working_days)
    return later if later > tomorrow else find_working_day(later + timedelta(days=7), working_days)


def list_choices(
    today: date, due_on: date | None, working_days: Collection[int] = WORKING_DAYS
) -> list[tuple[Snooze, str, date]]:
    """The choices that move a task: a name, its label and the day. None means the day that it is due already."""
    labels: tuple[tuple[Snooze, str], ...] = (
        ("today", "Today"), ("tomorrow", "Tomorrow"), ("week", "This week"), ("later", "Later")
    )  # fmt: skip
    choices: dict[date, tuple[Snooze, str, date]] = {}
    for when, label in labels:
        day = snooze_to(when, today, working_days)
        if day != due_on:
            choices.setdefault(day, (when, label, day))
    return list(choices.values())
