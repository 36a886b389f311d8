"""The Reports page, and its blocks as CSV files."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from starlette.responses import Response

from crm.accounts import auth
from crm.kernel import clock, views
from crm.kernel.errors import ValidationError
from crm.kernel.http import forms
from crm.kernel.http.request import Request
from crm.records import leads, stages
from crm.workspace.reports import actions, drawings, periods
from crm.workspace.reports.blocks import BLOCKS, Block
from crm.workspace.reports.export import write_csv
from crm.workspace.reports.formatting import format_change, format_days, format_hours, format_share, list_totals
from crm.workspace.reports.forms import SourceQuery
from crm.workspace.reports.models import Selection

PATH = "/reports"
SHOWN = 12
"""How many sources the page shows besides the unknown ones. The CSV file and the API have all."""


async def show(request: Request) -> Response:
    """Show every block. An invalid value of the URL shows its error and counts as not given."""
    zone = views.layout_context(request).time_zone
    query, selection, errors = _read_query(request, zone)
    async with request.db.connection() as conn:
        users = await auth.list_users(conn)
    built = await asyncio.gather(*(_build(request, block, query, zone) for block in BLOCKS))
    reports = {block.name: report for block, report in zip(BLOCKS, built, strict=True)}
    links, known = Links(selection), stages.current()
    return views.page(
        request, "reports/show.html", status=422 if errors else 200, query=query, selection=selection, errors=errors,
        values=_list_values(request), blocks={block.name: block for block in BLOCKS}, reports=reports,
        charts=drawings.draw_all(reports, SHOWN), presets=periods.PRESETS, ways=leads.ATTRIBUTION_LABELS, shown=SHOWN,
        owners=[(str(user.id), user.name) for user in users], leads_url=links.leads_url,
        open_stages=known.open_keys, qualified_stages=[known.name_of(key) for key in known.list_from("qualified")],
        export_query=_export_query(query), format_hours=format_hours, format_days=format_days,
        format_share=format_share, format_change=format_change, list_totals=list_totals, unknown=leads.UNKNOWN,
    )  # fmt: skip


async def export_block(block: Block, request: Request) -> Response:
    """One block as a CSV file. Raises `ValidationError`."""
    query = forms.parse_query(request, block.query)
    zone = views.layout_context(request).time_zone
    report = await _build(request, block, query, zone)
    name = f"{block.name}-{clock.today(zone)}.csv"
    headers = {"content-disposition": f'attachment; filename="{name}"'}
    return Response(write_csv(block.list_cells(report)), 200, headers, "text/csv; charset=utf-8")


async def _build(request: Request, block: Block, query: Any, zone: str) -> Any:
    """One block. Each has a connection of its own, so that the processors of the database work on several at once."""
    async with request.db.connection() as conn:
        return await block.build(conn, query, zone)


class Links:
    """The lists of leads behind the numbers of a page."""

    def __init__(self, selection: Selection) -> None:
        self._selection = selection

    def leads_url(
        self, segment: leads.Segment = "counted", *, period: periods.Period | None = None, at_all_times: bool = False,
        **filters: str,
    ) -> str:  # fmt: skip
        """The list of the leads that a number counts, those of the page's period unless another one is given."""
        query = {"segment": segment, **filters}
        if not at_all_times:
            chosen = period or self._selection.period
            query |= {"received_from": chosen.first.isoformat(), "received_to": chosen.last.isoformat()}
        if self._selection.owner_id is not None:
            query["owner_id"] = str(self._selection.owner_id)
        return f"/leads?{urlencode(query)}"


def _read_query(request: Request, zone: str) -> tuple[SourceQuery, Selection, dict[str, str]]:
    """The query without its invalid values, what it chooses, and what is wrong with each value."""
    values = forms.gather(request.asked, SourceQuery)
    errors: dict[str, str] = {}
    for _ in range(3):  # the values, then the dates together, then the rest
        try:
            query = forms.parse(values, SourceQuery, typed=False)
            return query, actions.select(query, zone), errors
        except ValidationError as error:
            errors |= {each.field: each.message for each in error.errors}
            dropped = {*errors, *({"from", "to"} if {"from", "to"} & errors.keys() else ())}
            values = {name: value for name, value in values.items() if name not in dropped}
    query = SourceQuery()
    return query, actions.select(query, zone), errors


def _list_values(request: Request) -> Mapping[str, Any]:
    """What was typed, for the controls."""
    return dict(request.asked)


def _export_query(query: SourceQuery) -> str:
    """The query of the page, as the end of the URL of a CSV file."""
    values = {
        "period": query.period, "from": query.first, "to": query.last, "owner_id": query.owner_id, "by": query.by,
    }  # fmt: skip
    return urlencode({name: str(value) for name, value in values.items() if value is not None})
