"""Durations as people say them, and whether an enquiry has waited longer than the site promises."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from crm.accounts.form_choices import label_of

SATURDAY = 5


def format_duration(length: timedelta) -> str:
    """Format a duration as `8 min`, `3 h` or `2 days`."""
    minutes = max(0, int(length.total_seconds() // 60))
    if minutes < 60:
        return f"{minutes} min"
    if minutes < 48 * 60:
        return f"{minutes // 60} h"
    return f"{minutes // (24 * 60)} days"


def format_source(channel: str, source: str, referrer: str | None) -> str:
    """Format where a lead came from: the site before the first visit, else what the person says, else the way in."""
    if referrer:
        return f"from {referrer}"
    if source:
        return label_of("source", source)
    return {"site": "Website", "api": "API", "manual": "Added by hand"}.get(channel, channel)


def is_overdue(received_at: datetime, now: datetime, zone: str) -> bool:
    """Whether the promised working day has passed. Saturdays and Sundays do not count."""
    end = received_at.astimezone(ZoneInfo(zone))
    if end.weekday() >= SATURDAY:
        end = end.replace(hour=0, minute=0, second=0, microsecond=0)
        end += timedelta(days=7 - end.weekday())
    end += timedelta(days=1)
    while end.weekday() >= SATURDAY:
        end += timedelta(days=1)
    return now > end
