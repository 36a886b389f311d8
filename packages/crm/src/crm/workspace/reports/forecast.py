"""Looks ahead: what open leads are worth month by month, and the hours they take week by week."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise

from crm.accounts import auth, settings
from crm.kernel import clock
from crm.kernel.db import Connection
from crm.records import stages
from crm.records.stages import Pipeline
from crm.workspace.reports import queries
from crm.workspace.reports.forms import AgeingQuery
from crm.workspace.reports.models import (
    Amount,
    CapacityReport,
    CapacityRow,
    ForecastReport,
    ForecastRow,
)
from crm.workspace.reports.queries import Row

MONTHS = 12
WEEKS = 12


async def report_forecast(connection: Connection, query: AgeingQuery, zone: str) -> ForecastReport:
    """The open leads by the month in which they start, as of now."""
    today, pipeline = clock.today(zone), await stages.read(connection)
    found = await queries.sum_starts(connection, query.owner_id)
    months = [_add_months(today, number) for number in range(MONTHS + 1)]
    day = timedelta(days=1)
    spans: list[tuple[date | None, date | None]] = [
        (None, months[0] - day),
        *((first, following - day) for first, following in pairwise(months)),
        (months[-1], None),
        (None, None),
    ]
    rows = [_build_row(span, [row for row in found if _is_within(row["month"], span)], pipeline) for span in spans]
    kept = [row for place, row in enumerate(rows) if row.leads or 0 < place <= MONTHS]
    return ForecastReport(today, kept, _build_row((None, None), found, pipeline))


async def report_capacity(connection: Connection, query: AgeingQuery, zone: str) -> CapacityReport:
    """The hours of won and open leads in the next weeks, and those that the team has."""
    today, pipeline = clock.today(zone), await stages.read(connection)
    hours = (await settings.read(connection)).weekly_hours
    team = [user.id for user in await auth.list_assignable(connection) if query.owner_id in (None, user.id)]
    monday = today - timedelta(days=today.weekday())
    found = await queries.sum_weeks(connection, monday, WEEKS, hours, query.owner_id)
    rows = []
    for number in range(WEEKS):
        week = monday + timedelta(days=7 * number)
        won = [row for row in found if row["week"] == week and row["status"] == stages.WON]
        opened = [row for row in found if row["week"] == week and row["status"] != stages.WON]
        won_hours = float(sum(row["hours"] for row in won))
        open_hours = round(float(sum(row["hours"] * _read_share(pipeline, row["status"]) for row in opened)), 1)
        free_hours = round(len(team) * hours - won_hours - open_hours, 1)
        numbers = [sum(row["leads"] for row in part) for part in (won, opened)]
        rows.append(
            CapacityRow(week, len(team) * hours, numbers[0], won_hours, numbers[1], open_hours, free_hours),
        )
    without = sum(row["leads"] for row in found if row["week"] is None)
    return CapacityReport(len(team), hours, without, rows)


def _add_months(day: date, number: int) -> date:
    """The first day of the month that lies so many months ahead."""
    month = day.month - 1 + number
    return date(day.year + month // 12, month % 12 + 1, 1)


def _is_within(month: date | None, span: tuple[date | None, date | None]) -> bool:
    if month is None or span == (None, None):
        return month is None and span == (None, None)
    first, last = span
    return (first is None or month >= first) and (last is None or month <= last)


def _build_row(span: tuple[date | None, date | None], found: Iterable[Row], pipeline: Pipeline) -> ForecastRow:
    leads, values, weighted = 0, dict[str, Decimal](), dict[str, Decimal]()
    for row in found:
        leads += row["leads"]
        share = _read_share(pipeline, row["status"])
        values[row["currency"]] = values.get(row["currency"], Decimal(0)) + row["value"]
        weighted[row["currency"]] = weighted.get(row["currency"], Decimal(0)) + row["value"] * share
    return ForecastRow(*span, leads, _list_amounts(values), _list_amounts(weighted))


def _list_amounts(values: dict[str, Decimal]) -> list[Amount]:
    return [Amount(currency, round(value, 2)) for currency, value in sorted(values.items()) if value]


def _read_share(pipeline: Pipeline, status: str) -> Decimal:
    stage = pipeline.find(status)
    return Decimal(stage.probability if stage else 0) / 100
