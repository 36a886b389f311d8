"""Tags in the API."""

from __future__ import annotations

from msgspec import UNSET
from starlette.responses import Response

from crm.kernel.http import forms, responses
from crm.kernel.http.idempotency import run_once
from crm.kernel.http.paging import Where
from crm.kernel.http.request import Request
from crm.records.tags import actions, queries
from crm.records.tags.forms import ChangeTag, MergeTag, NewTag, TagFilter


async def list_all(request: Request) -> Response:
    """A page of tags."""
    query = forms.parse_query(request, TagFilter, strict=True)
    async with request.db.connection() as conn:
        page = await queries.TABLE.page(
            conn, Where([queries.EXISTS]), sort=query.sort, limit=query.limit, cursor=query.cursor
        )
    return responses.json(page)


async def create(request: Request) -> Response:
    """Create a tag; with an Idempotency-Key, once."""
    form = await forms.read(request, NewTag)
    async with request.db.transaction() as conn:
        tag = await run_once(request, conn, lambda: queries.insert(conn, form.name, form.color), actions.get)
    return responses.record(tag, tag.version, 201, f"/api/v1/tags/{tag.id}")


async def show(request: Request) -> Response:
    """One tag."""
    async with request.db.connection() as conn:
        tag = await actions.get(conn, request.id)
    return responses.record(tag, tag.version)


async def change(request: Request) -> Response:
    """Rename a tag, or give it another color."""
    version = request.expected_version()
    form = await forms.read(request, ChangeTag)
    async with request.db.transaction() as conn:
        tag = await actions.lock(conn, request.id, version)
        name = tag.name if form.name is UNSET else form.name
        changed = await queries.update(conn, tag, name, tag.color if form.color is UNSET else form.color)
    return responses.record(changed, changed.version)


async def merge(request: Request) -> Response:
    """Let another tag take the place of this one."""
    form = await forms.read(request, MergeTag)
    async with request.db.transaction() as conn:
        tag = await actions.merge(conn, request.id, form.into)
    return responses.record(tag, tag.version)


async def remove(request: Request) -> Response:
    """Delete a tag, and so take it off every record."""
    version = request.expected_version()
    async with request.db.transaction() as conn:
        tag = await actions.lock(conn, request.id, version)
        await queries.delete(conn, tag.id)
    return responses.nothing()
