"""The weeks in which the work of a lead lies: from its start on, the hours of one person in each week."""

from __future__ import annotations

from datetime import date, timedelta

from crm.kernel.http.paging import Where

START_WEEK = "date_trunc('week', starts_on)::date"
"""The SQL of the Monday on or before the start."""
LAST_WEEK = f"{START_WEEK} + 7 * ((hours - 1) / {{hours}})"
"""The SQL of the Monday of the last week with work; `{hours}` is what one person works in a week."""
HAS_WORK = "starts_on IS NOT NULL AND hours > 0 AND status <> 'lost' AND NOT synthetic"


def add_week(where: Where, day: date, weekly_hours: int) -> None:
    """Leave only the leads with work in the week of this day."""
    monday = where.mark(day - timedelta(days=day.weekday()))
    last = LAST_WEEK.format(hours=f"{where.mark(weekly_hours)}::int")
    where.conditions.append(f"{HAS_WORK} AND {START_WEEK} <= {monday}::date AND {last} >= {monday}::date")
