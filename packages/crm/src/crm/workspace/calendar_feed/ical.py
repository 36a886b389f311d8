"""Writes tasks as an iCalendar document (RFC 5545)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from icalendar import Calendar, Event, vDuration, vRecur

from crm.workspace.calendar_feed.queries import FeedTask

LENGTH = timedelta(minutes=30)
"""How long a task with a time is shown. Tasks have no length of their own."""
YEARS_AHEAD = 10
"""For how long after the last task a calendar program knows the changes of the clocks."""
REFRESH = timedelta(minutes=15)


def build_calendar(tasks: Sequence[FeedTask], *, name: str, base_url: str, zone: str) -> bytes:
    """The tasks as events: with a time in the time zone of the organization, else for the whole day.

    A series is one event with its rule, so a calendar shows the days to come.
    """
    calendar = Calendar()
    calendar.add("prodid", f"-//{urlsplit(base_url).hostname}//tasks//EN")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add("name", name)
    calendar.add("x-wr-calname", name)
    calendar.add("refresh-interval", REFRESH, parameters={"value": "DURATION"})
    calendar.add("x-published-ttl", vDuration(REFRESH))
    for task in tasks:
        calendar.add_component(_build_event(task, base_url, zone))
    years = [task.due_on.year for task in tasks]
    if years:
        calendar.add_missing_timezones(date(min(years) - 1, 1, 1), date(max(years) + YEARS_AHEAD, 1, 1))
    content: bytes = calendar.to_ical()
    return content


def _build_event(task: FeedTask, base_url: str, zone: str) -> Event:
    url = f"{base_url}/tasks/{task.id}"
    event = Event()
    event.add("uid", f"task-{task.id}@{urlsplit(base_url).hostname}")
    event.add("sequence", task.version)
    event.add("dtstamp", task.updated_at.astimezone(UTC))
    event.add("last-modified", task.updated_at.astimezone(UTC))
    event.add("summary", f"{task.title} ({task.place})" if task.place else task.title)
    event.add("description", f"{task.note}\n\n{url}" if task.note else url)
    event.add("url", url)
    if task.due_time is None:
        event.add("dtstart", task.due_on)
        event.add("dtend", task.due_on + timedelta(days=1))
    else:
        start = datetime.combine(task.due_on, task.due_time, ZoneInfo(zone))
        event.add("dtstart", start)
        event.add("dtend", start + LENGTH)
    event.add("transp", "TRANSPARENT")
    if task.recurrence:
        event.add("rrule", vRecur.from_ical(_match_start(task.recurrence, has_time=task.due_time is not None)))
    return event


def _match_start(rule: str, *, has_time: bool) -> str:
    """The rule with an UNTIL of the type that its start has, as RFC 5545 demands."""
    if not has_time:
        return rule
    return ";".join(
        f"{part}T235959Z" if part.startswith("UNTIL=") and len(part) == len("UNTIL=20271231") else part
        for part in rule.split(";")
    )
