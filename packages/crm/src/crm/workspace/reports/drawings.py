"""The chart of each block."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from babel.dates import format_date
from markupsafe import Markup

from crm.records import stages
from crm.values.formats import LOCALE
from crm.workspace.reports.charts import Bar, draw_bars, draw_columns
from crm.workspace.reports.formatting import format_days, format_share
from crm.workspace.reports.models import AgeingReport, ResponseReport, SourceReport, StagesReport, WinRateReport

_SHORT = ("< 1 h", "1–4 h", "4–24 h", "1–2 d", "2–7 d", "> 7 d", "none")


def draw_all(reports: Mapping[str, Any], shown: int) -> dict[str, Markup]:
    """The charts, by block. A chart of sources has the first `shown` and the last, which are the unknown."""
    return {
        "source": draw_sources(reports["source"], shown),
        "response": draw_response(reports["response"]),
        "win-rate": draw_win_rate(reports["win-rate"]),
        "stages": draw_stages(reports["stages"]),
        "ageing": draw_ageing(reports["ageing"]),
    }


def draw_sources(report: SourceReport, shown: int) -> Markup:
    rows = [*report.rows[:-1][:shown], report.rows[-1]]
    bars = [
        Bar(
            row.label,
            [("chart-1", row.counts.enquiries), ("chart-2", row.counts.qualified), ("chart-3", row.counts.won)],
            f"{row.counts.enquiries:,}",
        )
        for row in rows
    ]
    description = "; ".join(
        f"{row.label}: {row.counts.enquiries} enquiries, {row.counts.qualified} qualified, {row.counts.won} won"
        for row in rows
    )
    return draw_bars("source", "Enquiries by source", description, bars)


def draw_response(report: ResponseReport) -> Markup:
    parts = report.current.parts
    bars = [
        Bar(short, [("chart-4" if part.segment == "no_response" else "chart-2", part.leads)], f"{part.leads:,}")
        for part, short in zip(parts, _SHORT, strict=True)
    ]
    description = "; ".join(f"{part.label}: {part.leads}" for part in parts)
    return draw_columns("response", "Enquiries by time to the first response", description, bars)


def draw_win_rate(report: WinRateReport) -> Markup:
    bars = [
        Bar(
            _format_start(row.period.first, report.period.step),
            [("chart-won", row.won), ("chart-lost", row.lost), ("chart-1", row.open)],
            format_share(row.win_rate) if row.win_rate is not None else "",
        )
        for row in report.rows
    ]
    description = "; ".join(
        f"{row.period.first}: {row.won} won, {row.lost} lost, {row.open} open" for row in report.rows
    )
    return draw_columns("win-rate", f"Outcomes by {report.period.step} of the enquiry", description, bars)


def draw_stages(report: StagesReport) -> Markup:
    bars = [
        Bar(
            stages.current().name_of(row.status), [("chart-1", row.p90_days or 0), ("chart-2", row.median_days or 0)],
            format_days(row.median_days),
        )
        for row in report.rows
    ]  # fmt: skip
    description = "; ".join(f"{bar.label}: median {bar.text}" for bar in bars)
    return draw_bars("stages", "Days in each stage", description, bars)


def draw_ageing(report: AgeingReport) -> Markup:
    bars = [
        Bar(
            stages.current().name_of(row.status),
            [(f"chart-age-{place}", part.leads) for place, part in enumerate(row.parts)],
            f"{row.leads:,}",
        )
        for row in report.rows
    ]
    description = "; ".join(
        f"{stages.current().name_of(row.status)}: " + ", ".join(f"{part.label}: {part.leads}" for part in row.parts)
        for row in report.rows
    )
    return draw_bars("ageing", "Open leads by time since the last activity", description, bars, stacked=True)


def _format_start(first: date, step: str) -> str:
    return format_date(first, "d MMM" if step == "week" else "MMM yy", locale=LOCALE)
