"""The blocks of the Reports page. Each is also a CSV file and a call of the API."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import msgspec

from crm.kernel.db import Connection
from crm.workspace.reports import actions, export, forecast
from crm.workspace.reports.forms import AgeingQuery, ReportQuery, SourceQuery
from crm.workspace.reports.models import (
    AgeingReport,
    CapacityReport,
    ForecastReport,
    ResponseReport,
    SourceReport,
    StagesReport,
    WinRateReport,
)


class Block(msgspec.Struct, frozen=True):
    """`build` takes a connection, the query and the time zone, `list_cells` what it gives."""

    name: str
    title: str
    query: type[AgeingQuery]
    report: type[msgspec.Struct]
    build: Callable[[Connection, Any, str], Awaitable[Any]]
    list_cells: Callable[[Any], Sequence[export.Cells]]


BLOCKS = (
    Block("source", "Sources", SourceQuery, SourceReport, actions.report_sources, export.list_sources),
    Block(
        "response", "Time to first response", ReportQuery, ResponseReport, actions.report_response,
        export.list_response,
    ),
    Block("win-rate", "Win rate", ReportQuery, WinRateReport, actions.report_win_rate, export.list_win_rate),
    Block("stages", "Days in each stage", ReportQuery, StagesReport, actions.report_stages, export.list_stages),
    Block("ageing", "Ageing of open leads", AgeingQuery, AgeingReport, actions.report_ageing, export.list_ageing),
    Block("forecast", "Forecast", AgeingQuery, ForecastReport, forecast.report_forecast, export.list_forecast),
    Block("capacity", "Capacity", AgeingQuery, CapacityReport, forecast.report_capacity, export.list_capacity),
)  # fmt: skip
