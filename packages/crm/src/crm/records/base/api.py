"""The five API handlers of every record."""

from __future__ import annotations

from starlette.responses import Response

from crm.kernel.http import forms, responses
from crm.kernel.http.idempotency import run_once
from crm.kernel.http.request import Request
from crm.records.base.record import Record


async def list_records(record: Record, request: Request) -> Response:
    """A page of records, filtered and sorted."""
    query = forms.parse_query(request, record.filter, strict=True)
    async with request.db.connection() as conn:
        page = await record.list_page(conn, query)
    return responses.json(page)


async def create_record(record: Record, request: Request) -> Response:
    """Create a record; with an Idempotency-Key, once."""
    form = await forms.read(request, record.new)
    async with request.db.transaction() as conn:
        created = await run_once(request, conn, lambda: record.create(conn, form, by=request.actor), record.table.get)
    return responses.record(created, created.version, 201, f"/api/v1/{record.plural}/{created.id}")


async def get_record(record: Record, request: Request) -> Response:
    """One record."""
    async with request.db.connection() as conn:
        found = await record.table.get(conn, request.id)
    return responses.record(found, found.version)


async def change_record(record: Record, request: Request) -> Response:
    """Change some fields of a record."""
    version = request.expected_version()
    form = await forms.read(request, record.changes)
    async with request.db.transaction() as conn:
        locked = await record.table.lock(conn, request.id, version)
        changed = await record.change(conn, locked, form, by=request.actor)
    return responses.record(changed, changed.version)


async def delete_record(record: Record, request: Request) -> Response:
    """Delete a record."""
    version = request.expected_version()
    async with request.db.transaction() as conn:
        locked = await record.table.lock(conn, request.id, version)
        await record.delete(conn, locked, by=request.actor)
    return responses.nothing()
