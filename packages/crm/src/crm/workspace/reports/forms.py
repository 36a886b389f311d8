"""What people and programs choose of a report."""

from __future__ import annotations

from datetime import date
from typing import Annotated

import msgspec

from crm.records.leads import Attribution
from crm.workspace.reports.periods import Preset

OwnerId = Annotated[int, msgspec.Meta(ge=1, le=2**63 - 1, description="Only the leads of this user.")]


class AgeingQuery(msgspec.Struct, frozen=True, kw_only=True):
    """Which leads the report on ageing counts. It shows them as they are now."""

    owner_id: OwnerId | None = None


class ReportQuery(AgeingQuery, frozen=True, kw_only=True):
    """Which leads a report counts: those received in a period, in the organization's time zone."""

    period: Annotated[
        Preset, msgspec.Meta(description="Days up to today: 30 or 90 days, 12 months, or this year since 1 January.")
    ] = "90d"
    first: Annotated[date | None, msgspec.Meta(description="The first day, instead of `period`.")] = msgspec.field(
        name="from", default=None
    )
    last: Annotated[date | None, msgspec.Meta(description="The last day; left out: today. At most five years.")] = (
        msgspec.field(name="to", default=None)
    )
    compare: Annotated[bool, msgspec.Meta(description="Whether to count the same number of days before, too.")] = False


class SourceQuery(ReportQuery, frozen=True, kw_only=True):
    """Which leads the report on sources counts, and how it tells their source."""

    by: Annotated[Attribution, msgspec.Meta(description="How the source of a lead is told.")] = "first_touch"
