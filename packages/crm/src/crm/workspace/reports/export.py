"""Reports as CSV files for spreadsheets (RFC 4180)."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

from crm.records import stages
from crm.workspace.reports.models import (
    AgeingReport,
    Funnel,
    ResponseReport,
    SourceReport,
    StagesReport,
    WinRateReport,
)

Cells = Sequence[Any]
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""What a spreadsheet takes for the beginning of a formula (OWASP, CSV injection)."""


def write_csv(rows: Iterable[Cells]) -> str:
    """The rows as CSV. A text that a spreadsheet would run as a formula gets an apostrophe in front."""
    file = io.StringIO()
    csv.writer(file).writerows([_make_safe(cell) for cell in row] for row in rows)
    return file.getvalue()


def list_sources(report: SourceReport) -> list[Cells]:
    """Each currency has a column."""
    currencies = sorted({amount.currency for amount in report.total.won_values})
    rows: list[Cells] = [
        ("Source", "Enquiries", "Qualified", "Won", *(f"Won value {currency}" for currency in currencies))
    ]
    funnels = [(row.label, row.counts) for row in report.rows] + [("Total", report.total)]
    rows += [(label, *_list_counts(funnel, currencies)) for label, funnel in funnels]
    return rows


def list_response(report: ResponseReport) -> list[Cells]:
    """The key figures, then the distribution."""
    times = report.current
    return [
        ("Figure", "Value"),
        ("Enquiries", times.enquiries),
        ("Answered", times.answered),
        ("Median hours", times.median_hours),
        ("90th percentile hours", times.p90_hours),
        ("Within one working day", times.in_time),
        ("Later than one working day", times.late),
        ("Share within one working day", times.in_time_share),
        *((part.label, part.leads) for part in times.parts),
    ]


def list_win_rate(report: WinRateReport) -> list[Cells]:
    """A row for each week or month."""
    return [
        ("From", "To", "Enquiries", "Won", "Lost", "Open", "Win rate"),
        *(
            (row.period.first, row.period.last, row.enquiries, row.won, row.lost, row.open, row.win_rate)
            for row in [*report.rows, report.total]
        ),
    ]


def list_stages(report: StagesReport) -> list[Cells]:
    """A row for each stage."""
    return [
        ("Stage", "Leads", "Median days", "90th percentile days"),
        *((stages.current().name_of(row.status), row.leads, row.median_days, row.p90_days) for row in report.rows),
    ]


def list_ageing(report: AgeingReport) -> list[Cells]:
    """A row for each stage, a column for each age."""
    return [
        ("Stage", "Open leads", *(part.label for part in report.rows[0].parts)),
        *(
            (stages.current().name_of(row.status), row.leads, *(part.leads for part in row.parts))
            for row in report.rows
        ),
    ]


def _list_counts(funnel: Funnel, currencies: Sequence[str]) -> list[Any]:
    values = {amount.currency: amount.value for amount in funnel.won_values}
    return [funnel.enquiries, funnel.qualified, funnel.won, *(values.get(each, Decimal(0)) for each in currencies)]


def _make_safe(cell: Any) -> Any:
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_FORMULA) else cell
