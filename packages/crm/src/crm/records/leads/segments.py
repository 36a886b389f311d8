"""Named groups of leads. A number on a page and the list that it links to read the same definition here."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

import msgspec

from crm.kernel import clock
from crm.kernel.http.paging import Where
from crm.records import activities

Segment = Literal["waiting", "due", "quiet", "received", "answered", "won"]
QUIET_AFTER = timedelta(days=14)
WEEK = timedelta(days=7)
ANSWERED_AT = activities.answered_at_sql("leads.id")


class SegmentDefinition(msgspec.Struct, frozen=True):
    """`condition` is SQL with `{today}`, `{quiet_before}` or `{week_start}` for the times that it depends on."""

    label: str
    condition: str


# received_at is never after created_at, and status_at never after updated_at. The indexes are on the latter of each.
_RECEIVED = "created_at >= {week_start} AND received_at >= {week_start} AND NOT synthetic"
DEFINITIONS: Mapping[Segment, SegmentDefinition] = {
    "waiting": SegmentDefinition(
        "Enquiries to answer", "status = 'new' AND next_action_on IS NULL AND NOT synthetic"
    ),
    "due": SegmentDefinition(
        "Next step due", "next_action_on <= {today} AND status NOT IN ('won', 'lost') AND NOT synthetic"
    ),
    "quiet": SegmentDefinition(
        "Gone quiet",
        "status IN ('contacted', 'qualified', 'proposal') AND next_action_on IS NULL AND NOT synthetic"
        " AND updated_at < {quiet_before}",
    ),
    "received": SegmentDefinition("Received in the last 7 days", _RECEIVED),
    "answered": SegmentDefinition(
        "Received and answered in the last 7 days", f"{_RECEIVED} AND {ANSWERED_AT} IS NOT NULL"
    ),
    "won": SegmentDefinition(
        "Won in the last 7 days",
        "status = 'won' AND updated_at >= {week_start} AND status_at >= {week_start} AND NOT synthetic",
    ),
}  # fmt: skip


def add_condition(where: Where, segment: Segment, zone: str) -> None:
    """Leave only the leads of the segment, as of now in the time zone `zone`."""
    now = clock.now()
    midnight = datetime.combine(clock.today(zone), datetime.min.time(), ZoneInfo(zone))
    values = {"today": clock.today(zone), "quiet_before": now - QUIET_AFTER, "week_start": midnight - WEEK}
    condition = DEFINITIONS[segment].condition
    marks = {name: where.mark(value) for name, value in values.items() if f"{{{name}}}" in condition}
    where.conditions.append(condition.format(**marks))


def url_of(segment: Segment) -> str:
    """The list of the segment's leads, in the order in which they need attention."""
    sort = {"waiting": "created_at", "due": "updated_at", "quiet": "-value"}.get(segment, "-created_at")
    return f"/leads?segment={segment}&sort={sort}"
