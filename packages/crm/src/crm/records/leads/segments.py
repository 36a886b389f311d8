"""Named groups of leads. A number on a page and the list that it links to read the same definition here."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

import msgspec

from crm.kernel import clock
from crm.kernel.http.paging import Where
from crm.records import activities, stages

Segment = Literal[
    "waiting",
    "due",
    "quiet",
    "received",
    "answered",
    "won",
    "counted",
    "qualified",
    "responded",
    "responded_1h",
    "responded_4h",
    "responded_24h",
    "responded_2d",
    "responded_7d",
    "responded_later",
    "no_response",
    "in_time",
    "late",
    "idle_7",
    "idle_14",
    "idle_30",
    "idle_90",
    "idle_longer",
]
QUIET_AFTER = timedelta(days=14)
WEEK = timedelta(days=7)
ANSWERED_AT = activities.answered_at_sql("leads.id")


LAST_ACTIVITY = f"greatest(created_at, {activities.last_activity_sql('leads.id')})"
RESPONSE_DUE = """(
    CASE extract(isodow FROM received_at AT TIME ZONE {zone})
        WHEN 5 THEN received_at AT TIME ZONE {zone} + interval '3 days'
        WHEN 6 THEN date_trunc('day', received_at AT TIME ZONE {zone}) + interval '3 days'
        WHEN 7 THEN date_trunc('day', received_at AT TIME ZONE {zone}) + interval '2 days'
        ELSE received_at AT TIME ZONE {zone} + interval '1 day'
    END AT TIME ZONE {zone}
)"""
"""The end of the promised working day: 24 hours later; Saturdays and Sundays do not count."""
RESPONSE_BOUNDS: tuple[tuple[Segment, str, str], ...] = (
    ("responded_1h", "1 hour", "Under 1 hour"), ("responded_4h", "4 hours", "1–4 hours"),
    ("responded_24h", "24 hours", "4–24 hours"), ("responded_2d", "48 hours", "1–2 days"),
    ("responded_7d", "168 hours", "2–7 days"), ("responded_later", "", "Over 7 days"),
)  # fmt: skip
IDLE_BOUNDS: tuple[tuple[Segment, str, str], ...] = (
    ("idle_7", "7 days", "Under 7 days"), ("idle_14", "14 days", "7–14 days"), ("idle_30", "30 days", "14–30 days"),
    ("idle_90", "90 days", "30–90 days"), ("idle_longer", "", "Over 90 days"),
)  # fmt: skip
"""The parts of a distribution: segment, upper end as an SQL interval, label."""


class SegmentDefinition(msgspec.Struct, frozen=True):
    """`condition` is SQL with a name in braces for each value that it depends on; `format_condition` has them.

    `{answered_at}` and `{last_activity}` stand for those times of the lead.
    """

    label: str
    condition: str


# received_at is never after created_at, and status_at never after updated_at. The indexes are on the latter of each.
_RECEIVED = "created_at >= {week_start} AND received_at >= {week_start} AND NOT synthetic"


def _define_parts(
    bounds: tuple[tuple[Segment, str, str], ...], condition: str, prefix: str
) -> Iterator[tuple[Segment, SegmentDefinition]]:
    """The segments of a distribution. `condition` ends with the interval that is distributed."""
    low = ""
    for segment, high, label in bounds:
        ends = [end for end in (f">= interval '{low}'" if low else "", f"< interval '{high}'" if high else "") if end]
        yield (
            segment,
            SegmentDefinition(
                f"{prefix} {label[0].lower()}{label[1:]}",
                " AND ".join(f"{condition} {end}" for end in ends) + " AND NOT synthetic",
            ),
        )
        low = high


HAS_LEFT = "EXISTS (SELECT FROM status_periods AS past WHERE past.lead_id = leads.id AND past.status = ANY({}))"
"""The condition of leads that have left one of these stages."""
_OPEN = "status NOT IN ('won', 'lost')"
DEFINITIONS: Mapping[Segment, SegmentDefinition] = {
    "waiting": SegmentDefinition(
        "Enquiries to answer", "status = 'new' AND next_action_on IS NULL AND NOT synthetic"
    ),
    "due": SegmentDefinition(
        "Next step due", "next_action_on <= {today} AND status NOT IN ('won', 'lost') AND NOT synthetic"
    ),
    "quiet": SegmentDefinition(
        "Gone quiet",
        "status NOT IN ('new', 'won', 'lost') AND next_action_on IS NULL AND NOT synthetic"
        " AND updated_at < {quiet_before}",
    ),
    "received": SegmentDefinition("Received in the last 7 days", _RECEIVED),
    "answered": SegmentDefinition(
        "Received and answered in the last 7 days", f"{_RECEIVED} AND {{answered_at}} IS NOT NULL"
    ),
    "won": SegmentDefinition(
        "Won in the last 7 days",
        "status = 'won' AND updated_at >= {week_start} AND status_at >= {week_start} AND NOT synthetic",
    ),
    "counted": SegmentDefinition("Without test enquiries", "NOT synthetic"),
    "qualified": SegmentDefinition(
        "Has been qualified",
        f"(status = ANY({{qualified}}) OR {HAS_LEFT.format('{qualified}')}) AND NOT synthetic",
    ),
    "responded": SegmentDefinition("Answered", "{answered_at} IS NOT NULL AND NOT synthetic"),
    **dict(_define_parts(RESPONSE_BOUNDS, "{answered_at} - received_at", "Answered in")),
    "no_response": SegmentDefinition("No answer recorded", "{answered_at} IS NULL AND NOT synthetic"),
    "in_time": SegmentDefinition(
        "Answered within one working day", f"{{answered_at}} <= {RESPONSE_DUE} AND NOT synthetic"
    ),
    "late": SegmentDefinition(
        "Not answered within one working day",
        f"coalesce({{answered_at}}, {{now}}) > {RESPONSE_DUE} AND NOT synthetic",
    ),
    **dict(_define_parts(IDLE_BOUNDS, f"{_OPEN} AND {{now}} - {{last_activity}}", "Open, last activity")),
}  # fmt: skip


def add_condition(where: Where, segment: Segment, zone: str) -> None:
    """Leave only the leads of the segment, as of now in the time zone `zone`."""
    where.conditions.append(format_condition(where, segment, zone))


def format_condition(
    where: Where, segment: Segment, zone: str, *, answered_at: str = ANSWERED_AT, last_activity: str = LAST_ACTIVITY
) -> str:
    """The SQL condition of a segment; its values are added to `where`.

    `answered_at` and `last_activity` name a column, for a query that has read these times already.
    """
    now = clock.now()
    midnight = datetime.combine(clock.today(zone), datetime.min.time(), ZoneInfo(zone))
    values = {
        "today": clock.today(zone), "now": now, "quiet_before": now - QUIET_AFTER, "week_start": midnight - WEEK,
        "zone": zone, "qualified": stages.current().list_from("qualified"),
    }  # fmt: skip
    types = {"now": "::timestamptz", "zone": "::text", "qualified": "::text[]"}
    condition = DEFINITIONS[segment].condition
    marks = {
        name: where.mark(value) + types.get(name, "") for name, value in values.items() if f"{{{name}}}" in condition
    }
    return condition.format(**marks, answered_at=answered_at, last_activity=last_activity)


def url_of(segment: Segment) -> str:
    """The list of the segment's leads, in the order in which they need attention."""
    sort = {"waiting": "created_at", "due": "updated_at", "quiet": "-value"}.get(segment, "-created_at")
    return f"/leads?segment={segment}&sort={sort}"
