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


async def _build_sources(connection: Connection, query: SourceQuery, zone: str) -> SourceReport:
    return await actions.report_sources(connection, actions.select(query, zone), query.by)


async def _build_response(connection: Connection, query: ReportQuery, zone: str) -> ResponseReport:
    return await actions.report_response(connection, actions.select(query, zone))


async def _build_win_rate(connection: Connection, query: ReportQuery, zone: str) -> WinRateReport:
    return await actions.report_win_rate(connection, actions.select(query, zone))


async def _build_stages(connection: Connection, query: ReportQuery, zone: str) -> StagesReport:
    return await actions.report_stages(connection, actions.select(query, zone))


async def _build_ageing(connection: Connection, query: AgeingQuery, zone: str) -> AgeingReport:
    return await actions.report_ageing(connection, zone, query.owner_id)


async def _build_forecast(connection: Connection, query: AgeingQuery, zone: str) -> ForecastReport:
    return await forecast.report_forecast(connection, zone, query.owner_id)


async def _build_capacity(connection: Connection, query: AgeingQuery, zone: str) -> CapacityReport:
    return await forecast.report_capacity(connection, zone, query.owner_id)


BLOCKS = (
    Block("source", "Sources", SourceQuery, SourceReport, _build_sources, export.list_sources),
    Block("response", "Time to first response", ReportQuery, ResponseReport, _build_response, export.list_response),
    Block("win-rate", "Win rate", ReportQuery, WinRateReport, _build_win_rate, export.list_win_rate),
    Block("stages", "Days in each stage", ReportQuery, StagesReport, _build_stages, export.list_stages),
    Block("ageing", "Ageing of open leads", AgeingQuery, AgeingReport, _build_ageing, export.list_ageing),
    Block("forecast", "Forecast", AgeingQuery, ForecastReport, _build_forecast, export.list_forecast),
    Block("capacity", "Capacity", AgeingQuery, CapacityReport, _build_capacity, export.list_capacity),
)
