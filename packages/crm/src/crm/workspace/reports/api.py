"""The reports in the API: the same numbers as the page."""

from __future__ import annotations

from starlette.responses import Response

from crm.accounts import settings
from crm.kernel.http import forms, responses
from crm.kernel.http.request import Request
from crm.workspace.reports.blocks import Block


async def show_block(block: Block, request: Request) -> Response:
    """One report."""
    query = forms.parse_query(request, block.query, strict=True)
    async with request.db.connection() as conn:
        report = await block.build(conn, query, (await settings.read(conn)).time_zone)
    return responses.json(report)
