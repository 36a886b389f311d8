"""Builds the reports."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from decimal import Decimal
from typing import Any

from crm.accounts import form_choices
from crm.kernel import clock
from crm.kernel.db import Connection
from crm.records import leads, stages
from crm.workspace.reports import periods, queries
from crm.workspace.reports.forms import AgeingQuery, ReportQuery, SourceQuery
from crm.workspace.reports.models import (
    AgeingReport,
    AgeingRow,
    Amount,
    Funnel,
    Outcome,
    Part,
    ResponseReport,
    ResponseTimes,
    Selection,
    SourceReport,
    SourceRow,
    StageDays,
    StagesReport,
    WinRateReport,
)
from crm.workspace.reports.periods import Period
from crm.workspace.reports.queries import Row


def select(query: ReportQuery, zone: str) -> Selection:
    """The leads that a query chooses. Raises `ValidationError`."""
    period = periods.choose(query.period, query.first, query.last, clock.today(zone))
    return Selection(zone, period, period.before() if query.compare else None, query.owner_id)


async def report_sources(connection: Connection, query: SourceQuery, zone: str) -> SourceReport:
    """Enquiries, qualified and won leads by source. Raises `ValidationError`, as all reports of a period do."""
    selection, by = select(query, zone), query.by
    rows = await queries.count_by_source(connection, selection, by)
    await form_choices.read(connection)
    by_key: dict[str, list[Row]] = {leads.UNKNOWN: []}
    for row in rows:
        by_key.setdefault(row["key"], []).append(row)
    compares = selection.before is not None
    sources = [
        SourceRow(
            key, leads.format_attribution(by, key), _sum_funnel(found, current=True),
            _sum_funnel(found, current=False) if compares else None,
        )
        for key, found in by_key.items()
    ]  # fmt: skip
    sources.sort(key=lambda row: (row.key == leads.UNKNOWN, -row.counts.enquiries, row.key))
    return SourceReport(
        selection.period, selection.before, by, sources, _sum_funnel(rows, current=True),
        _sum_funnel(rows, current=False) if compares else None,
    )  # fmt: skip


async def report_response(connection: Connection, query: ReportQuery, zone: str) -> ResponseReport:
    """The time to the first answer."""
    selection = select(query, zone)
    found = await queries.measure_response(connection, selection)
    return ResponseReport(
        selection.period, selection.before, _build_times(found.get(True)),
        _build_times(found.get(False)) if selection.before else None,
    )  # fmt: skip


async def report_win_rate(connection: Connection, query: ReportQuery, zone: str) -> WinRateReport:
    """What became of the enquiries, week by week or month by month."""
    selection = select(query, zone)
    found = await queries.count_outcomes(connection, selection)
    rows = []
    for part in selection.period.split():
        monday = part.first - timedelta(days=part.first.weekday())
        start = monday if selection.period.step == "week" else part.first.replace(day=1)
        rows.append(_build_outcome(part, [found[True, start]] if (True, start) in found else []))
    while len(rows) > 1 and not rows[0].enquiries:
        del rows[0]
    current = [row for (is_current, _), row in found.items() if is_current]
    earlier = [row for (is_current, _), row in found.items() if not is_current]
    return WinRateReport(
        selection.period, selection.before, rows, _build_outcome(selection.period, current),
        _build_outcome(selection.before, earlier) if selection.before else None,
    )  # fmt: skip


async def report_stages(connection: Connection, query: ReportQuery, zone: str) -> StagesReport:
    """How many days leads stay in each stage."""
    selection = select(query, zone)
    found = await queries.measure_stages(connection, selection)
    rows = []
    for stage in (await stages.read(connection)).open_keys:
        current = found.get((True, stage))
        median, p90 = _read_times(current, timedelta(days=1))
        before, _ = _read_times(found.get((False, stage)), timedelta(days=1))
        rows.append(StageDays(stage, current["leads"] if current else 0, median, p90, before))
    return StagesReport(selection.period, selection.before, rows)


async def report_ageing(connection: Connection, query: AgeingQuery, zone: str) -> AgeingReport:
    """The open leads by the time since their last activity, as of now."""
    found = await queries.count_ages(connection, zone, query.owner_id)
    rows = [
        AgeingRow(
            stage, found[stage]["leads"] if stage in found else 0,
            [
                Part(segment, label, found[stage][segment] if stage in found else 0)
                for segment, _, label in leads.IDLE_BOUNDS
            ],
        )
        for stage in (await stages.read(connection)).open_keys
    ]  # fmt: skip
    return AgeingReport(clock.today(zone), rows)


def _sum_funnel(rows: Iterable[Row], *, current: bool) -> Funnel:
    counts = {"enquiries": 0, "qualified": 0, "won": 0}
    values: dict[str, Decimal] = {}
    for row in rows:
        if row["current"] is not current:
            continue
        for name in counts:
            counts[name] += row[name]
        if row["won_value"]:
            values[row["currency"]] = values.get(row["currency"], Decimal(0)) + row["won_value"]
    return Funnel(**counts, won_values=[Amount(currency, value) for currency, value in sorted(values.items())])


def _build_times(row: Row | None) -> ResponseTimes:
    counts: Any = row or {}
    median, p90 = _read_times(row, timedelta(hours=1))
    in_time, late = counts.get("in_time", 0), counts.get("late", 0)
    enquiries, answered = counts.get("enquiries", 0), counts.get("answered", 0)
    return ResponseTimes(
        enquiries, answered, enquiries - answered, median, p90, in_time, late, _divide(in_time, in_time + late),
        [
            *(Part(segment, label, counts.get(segment, 0)) for segment, _, label in leads.RESPONSE_BOUNDS),
            Part("no_response", "No answer recorded", enquiries - answered),
        ],
    )  # fmt: skip


def _build_outcome(period: Period, rows: Iterable[Row]) -> Outcome:
    enquiries, won, lost = (sum(row[name] for row in rows) for name in ("enquiries", "won", "lost"))
    return Outcome(period, enquiries, won, lost, enquiries - won - lost, _divide(won, won + lost))


def _read_times(row: Row | None, unit: timedelta) -> tuple[float | None, float | None]:
    """The median and the 90th percentile in `unit`; an answer that is dated before its enquiry took no time."""
    if row is None or row["times"] is None:
        return None, None
    median, p90 = (max(0.0, round(time / unit, 2)) if time is not None else None for time in row["times"])
    return median, p90


def _divide(part: int, whole: int) -> float | None:
    return round(part / whole, 4) if whole else None
