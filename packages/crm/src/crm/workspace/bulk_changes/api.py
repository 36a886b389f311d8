"""Bulk changes in the API."""

from __future__ import annotations

from starlette.responses import Response

from crm.kernel.http import forms, responses
from crm.kernel.http.idempotency import run_once
from crm.kernel.http.paging import Where
from crm.kernel.http.request import Request
from crm.workspace.bulk_changes import actions, queries
from crm.workspace.bulk_changes.forms import NewBulkChange
from crm.workspace.bulk_changes.jobs import run
from crm.workspace.bulk_changes.models import AT_ONCE, BulkChange


async def create(request: Request) -> Response:
    """Change several leads. Up to 100 are changed at once, more by a job."""
    form = await forms.read(request, NewBulkChange)

    async def start() -> BulkChange:
        value = await actions.read_value(conn, form)
        where = Where(["NOT synthetic"])
        where.add("id = ANY({})", form.lead_ids)
        change = await actions.start(conn, form.action, value, where, by=request.actor)
        await queries.add_missing(conn, change.id, form.lead_ids)
        return change

    async with request.db.transaction() as conn:
        change = await run_once(request, conn, start, actions.get)
    if change.total <= AT_ONCE:
        await run(request.app_context, {"id": change.id})
    return await _show(request, change.id, 201)


async def show(request: Request) -> Response:
    """How far a change is."""
    return await _show(request, request.id)


async def undo(request: Request) -> Response:
    """Undo a change."""
    async with request.db.transaction() as conn:
        change = await actions.start_undo(conn, request.id)
    if change.total <= AT_ONCE:
        await run(request.app_context, {"id": change.id})
    return await _show(request, change.id)


async def _show(request: Request, change_id: int, status: int = 200) -> Response:
    async with request.db.connection() as conn:
        change = await actions.get(conn, change_id)
    headers = {"location": f"/api/v1/bulk-changes/{change_id}"} if status == 201 else None
    return responses.json(change, status, headers)
