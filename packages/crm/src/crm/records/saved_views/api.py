"""Saved views in the API. Programs see and change those that are shared."""

from __future__ import annotations

import msgspec
from msgspec import UNSET
from starlette.responses import Response

from crm.kernel.db import Connection
from crm.kernel.errors import PreconditionFailedError
from crm.kernel.http import forms, responses
from crm.kernel.http.idempotency import run_once
from crm.kernel.http.request import ANY_VERSION, Request
from crm.records.saved_views import actions, queries
from crm.records.saved_views.forms import ChangeView, NewView, ViewFilter
from crm.records.saved_views.models import SavedView


async def list_all(request: Request) -> Response:
    """A page of shared views."""
    query = forms.parse_query(request, ViewFilter, strict=True)
    async with request.db.connection() as conn:
        page = await actions.list_shared(conn, query)
    return responses.json(page)


async def create(request: Request) -> Response:
    """Create a shared view; with an Idempotency-Key, once."""
    form = await forms.read(request, NewView)
    values = {**msgspec.structs.asdict(form), "shared": True, "owner_id": None}
    async with request.db.transaction() as conn:
        view = await run_once(request, conn, lambda: queries.insert(conn, values), actions.get_shared)
    return responses.record(view, view.version, 201, f"/api/v1/views/{view.id}")


async def show(request: Request) -> Response:
    """One shared view."""
    async with request.db.connection() as conn:
        view = await actions.get_shared(conn, request.id)
    return responses.record(view, view.version)


async def change(request: Request) -> Response:
    """Change a shared view."""
    version = request.expected_version()
    form = await forms.read(request, ChangeView)
    async with request.db.transaction() as conn:
        view = await _lock(conn, request.id, version)
        name, query = (getattr(view if getattr(form, field) is UNSET else form, field) for field in ("name", "query"))
        changed = await queries.update(conn, view, name=name, query=query, shared=True)
    return responses.record(changed, changed.version)


async def remove(request: Request) -> Response:
    """Delete a shared view."""
    version = request.expected_version()
    async with request.db.transaction() as conn:
        view = await _lock(conn, request.id, version)
        await queries.delete(conn, view.id)
    return responses.nothing()


async def _lock(connection: Connection, view_id: int, version: int) -> SavedView:
    view = await actions.get_shared(connection, view_id, lock=True)
    if version not in (ANY_VERSION, view.version):
        raise PreconditionFailedError("Someone changed this view since you read it. Read it again, then change it.")
    return view
