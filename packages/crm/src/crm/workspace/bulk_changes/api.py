"""Bulk changes in the API. Each handler is that of one kind of record."""

from __future__ import annotations

from starlette.responses import Response

from crm.kernel.errors import NotFoundError
from crm.kernel.http import forms, responses
from crm.kernel.http.idempotency import run_once
from crm.kernel.http.request import Request
from crm.records.base import Record
from crm.workspace.bulk_changes import actions, queries
from crm.workspace.bulk_changes.forms import NewBulkChange
from crm.workspace.bulk_changes.jobs import run
from crm.workspace.bulk_changes.models import AT_ONCE, BulkChange


async def create(record: Record, request: Request) -> Response:
    """Change several records. Up to 100 are changed at once, more by a job."""
    form = await forms.read(request, NewBulkChange)

    async def start() -> BulkChange:
        value = await actions.read_value(conn, record.noun, form)
        where = await record.build_where(conn, record.filter())
        where.add("id = ANY({})", form.ids)
        change = await actions.start(conn, record, form.action, value, where, by=request.actor)
        await queries.add_missing(conn, change.id, form.ids, record.noun)
        return change

    async with request.db.transaction() as conn:
        change = await run_once(request, conn, start, actions.get)
    if change.total <= AT_ONCE:
        await run(request.app_context, {"id": change.id})
    return await _show(record, request, change.id, 201)


async def show(record: Record, request: Request) -> Response:
    """How far a change is."""
    return await _show(record, request, request.id)


async def _show(record: Record, request: Request, change_id: int, status: int = 200) -> Response:
    async with request.db.connection() as conn:
        change = await actions.get(conn, change_id)
    if change.noun != record.noun:
        raise NotFoundError(f"There is no such change of several {record.plural}.")
    location = {"location": f"/api/v1/{record.plural}/bulk-changes/{change_id}"} if status == 201 else None
    return responses.json(change, status, location)
