"""The timeline of a record as its page shows it: by day, newest first."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from itertools import groupby

import msgspec

from crm.kernel import clock, views
from crm.kernel.db import Connection
from crm.kernel.http import forms
from crm.kernel.http.request import Request
from crm.records import change_sets, related
from crm.records.activities import actions
from crm.records.activities.models import Activity
from crm.records.related import RelatedEmail
from crm.values import in_zone
from crm.values.formats import format_time

LENGTH = 50


class Day(msgspec.Struct, frozen=True):
    """What happened on one day of the reader's time zone: each activity with its time of day."""

    date: date
    lines: list[tuple[str, Activity]]


class Timeline(msgspec.Struct, frozen=True):
    """`newest` is the id of the first activity, `continues_below` that of the last if there are more. 0 means none."""

    days: list[Day]
    newest: int
    continues_below: int
    today: date
    emails: dict[int, RelatedEmail]
    changes_since: datetime
    """From then on change sets are kept."""


class TimelineQuery(msgspec.Struct, frozen=True):
    """The id of the activity that the timeline continues below."""

    before: int | None = None


async def read_timeline(connection: Connection, request: Request, **record: int) -> Timeline:
    """The timeline of one record, such as `lead_id=7`, for the page that `request` asks for."""
    zone = views.layout_context(request).time_zone
    before = forms.parse_query(request, TimelineQuery).before
    last = await actions.get(connection, before) if before else None
    lines = await actions.list_timeline(connection, **record, limit=LENGTH + 1, before=last)
    return Timeline(
        days=group_by_day(lines[:LENGTH], zone),
        newest=lines[0].id if lines else 0,
        continues_below=lines[LENGTH - 1].id if len(lines) > LENGTH else 0,
        today=clock.today(zone),
        emails=await related.find_emails(connection, [line.email_id for line in lines if line.email_id]),
        changes_since=clock.now() - change_sets.UNDO_PERIOD,
    )


def group_by_day(lines: Iterable[Activity], zone: str) -> list[Day]:
    """`lines`, which are newest first, by the days of the time zone `zone`."""
    timed = [(in_zone(line.at, zone), line) for line in lines]
    return [
        Day(day, [(format_time(at), line) for at, line in group])
        for day, group in groupby(timed, key=lambda pair: pair[0].date())
    ]
