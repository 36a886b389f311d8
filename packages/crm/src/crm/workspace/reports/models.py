"""The data of reports. Pages, CSV files and the API show the same."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import msgspec

from crm.records.leads import Attribution, Segment, Status
from crm.workspace.reports.periods import Period


class Selection(msgspec.Struct, frozen=True):
    """Which leads are counted: those of a period, or of one owner. `before` is the period to compare with."""

    zone: str
    period: Period
    before: Period | None
    owner_id: int | None


class Amount(msgspec.Struct, frozen=True):
    """Money of one currency (ISO 4217). Currencies are never added."""

    currency: str
    value: Decimal


class Funnel(msgspec.Struct, frozen=True):
    """How many enquiries there were, how many of them have been qualified and are won, and what these are worth."""

    enquiries: int
    qualified: int
    won: int
    won_values: list[Amount]


class SourceRow(msgspec.Struct, frozen=True):
    """`key` is the source as the filter `attribution` of leads takes it, after the way to tell it and a colon."""

    key: str
    label: str
    counts: Funnel
    before: Funnel | None


class SourceReport(msgspec.Struct, frozen=True):
    """Enquiries by source, the most first. `unknown` is always the last row."""

    period: Period
    compared_with: Period | None
    by: Attribution
    rows: list[SourceRow]
    total: Funnel
    total_before: Funnel | None


class Part(msgspec.Struct, frozen=True):
    """One part of a distribution. `segment` is its filter of leads."""

    segment: Segment
    label: str
    leads: int


class ResponseTimes(msgspec.Struct, frozen=True):
    """Times to the first answer. `in_time` and `late` are those within and beyond the promised working day.

    Without any answer the times are null. A lead that is not answered and not late yet is in neither.
    """

    enquiries: int
    answered: int
    unanswered: int
    median_hours: float | None
    p90_hours: float | None
    in_time: int
    late: int
    in_time_share: float | None
    parts: list[Part]


class ResponseReport(msgspec.Struct, frozen=True):
    period: Period
    compared_with: Period | None
    current: ResponseTimes
    before: ResponseTimes | None


class Outcome(msgspec.Struct, frozen=True):
    """What became of the enquiries of a period. `win_rate` is won / (won + lost), null before any decision."""

    period: Period
    enquiries: int
    won: int
    lost: int
    open: int
    win_rate: float | None


class WinRateReport(msgspec.Struct, frozen=True):
    """Outcomes by week or, for more than 100 days, by month, from the first with an enquiry on."""

    period: Period
    compared_with: Period | None
    rows: list[Outcome]
    total: Outcome
    total_before: Outcome | None


class StageDays(msgspec.Struct, frozen=True):
    """How long leads stayed in a stage before they left it. `leads` is how many have left it at least once."""

    status: Status
    leads: int
    median_days: float | None
    p90_days: float | None
    median_days_before: float | None


class StagesReport(msgspec.Struct, frozen=True):
    period: Period
    compared_with: Period | None
    rows: list[StageDays]


class AgeingRow(msgspec.Struct, frozen=True):
    """The open leads of one stage, by the time since their last activity."""

    status: Status
    leads: int
    parts: list[Part]


class AgeingReport(msgspec.Struct, frozen=True):
    on: date
    rows: list[AgeingRow]


class ForecastRow(msgspec.Struct, frozen=True):
    """The open leads that start between two days, both included. Without both, those that have no start."""

    first: date | None
    last: date | None
    leads: int
    values: list[Amount]
    weighted: list[Amount]


class ForecastReport(msgspec.Struct, frozen=True):
    """Open leads by the month of their start. `weighted` is their value times the probability of their stage."""

    on: date
    rows: list[ForecastRow]
    total: ForecastRow


class CapacityRow(msgspec.Struct, frozen=True):
    """The work of a week. `open_hours` are weighted by the probability of each lead's stage, and `free_hours` are what
    the team has besides; below 0 if that is not enough."""

    week: date
    team_hours: float
    won_leads: int
    won_hours: float
    open_leads: int
    open_hours: float
    free_hours: float


class CapacityReport(msgspec.Struct, frozen=True):
    """The next weeks. `people` work `weekly_hours` each; `without_start` open leads are in no week."""

    people: int
    weekly_hours: int
    without_start: int
    rows: list[CapacityRow]
