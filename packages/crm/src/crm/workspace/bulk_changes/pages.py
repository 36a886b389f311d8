"""Change all leads of a list: what it would change, its progress, and its undo."""

from __future__ import annotations

from starlette.responses import Response

from crm.accounts import auth
from crm.kernel import views
from crm.kernel.db import Connection
from crm.kernel.errors import FieldError, ValidationError
from crm.kernel.http import forms, responses
from crm.kernel.http.forms import Draft
from crm.kernel.http.paging import Where
from crm.kernel.http.request import Request
from crm.records import leads, stages, tags
from crm.workspace.bulk_changes import actions, queries
from crm.workspace.bulk_changes.forms import BulkForm
from crm.workspace.bulk_changes.jobs import run
from crm.workspace.bulk_changes.models import AT_ONCE, MOST, BulkChange

SAMPLE = 3
SHOWN = 100
"""How many of the leads that were left out the page lists."""


async def ask(request: Request) -> Response:
    """How many leads of the list a change concerns, three of them, and what can be done with them."""
    return await _ask(request, Draft({}, {}, None))


async def start(request: Request) -> Response:
    """Change all leads of the list, unless they are others than the page said. A large change runs as a job."""
    draft = await forms.draft(request, BulkForm)
    form = draft.form
    if form is None:
        return await _ask(request, draft, 422)
    started: list[BulkChange] = []

    async def start_once() -> str:
        value = await actions.read_value(conn, form)
        where = await _read_filters(conn, request)
        number = await queries.count(conn, where)
        if number != form.expected:
            message = f"There are {number:,} by now. Nothing was changed. Look again, then choose what to do."
            raise ValidationError([FieldError("", message)])
        if number > MOST:
            raise ValidationError([FieldError("", f"At most {MOST:,} leads are changed at once. Add a filter.")])
        started.append(await actions.start(conn, form.action, value, where, by=request.actor))
        return f"/bulk-changes/{started[0].id}"

    try:
        async with request.db.transaction() as conn:
            location = await auth.post_once(request, conn, start_once)
    except ValidationError as error:
        draft.add_errors(error)
        return await _ask(request, draft, 422)
    if started and started[0].total <= AT_ONCE:
        await run(request.app_context, {"id": started[0].id})
    return responses.see_other(location)


async def show(request: Request) -> Response:
    """The progress of a change, and what was left out. For htmx only that part."""
    async with request.db.connection() as conn:
        change = await actions.get(conn, request.id)
        left_out = await queries.list_left_out(conn, change.id, SHOWN)
        titles = await queries.read_titles(conn, [row.lead_id for row in left_out])
        users = {user.id: user.name for user in await auth.list_users(conn)}
        known = await tags.read_tags(conn)
    status = stages.current().name_of(change.value.get("status", ""))
    tag = known.find(change.value.get("tag_id") or 0)
    return views.page(
        request, "bulk_changes/show.html", block="change", change=change, left_out=left_out, titles=titles, users=users,
        tag=tag, status_name=status,
    )  # fmt: skip


async def undo(request: Request) -> Response:
    """Undo a change, except of the leads that somebody has changed since."""
    async with request.db.transaction() as conn:
        change = await actions.start_undo(conn, request.id)
    if change.total <= AT_ONCE:
        await run(request.app_context, {"id": change.id})
    return responses.see_other(f"/bulk-changes/{change.id}")


async def _read_filters(connection: Connection, request: Request) -> Where:
    return await leads.apply_filters(connection, forms.parse_query(request, leads.LeadFilter))


async def _ask(request: Request, draft: Draft[BulkForm], status: int = 200) -> Response:
    async with request.db.connection() as conn:
        where = await _read_filters(conn, request)
        number = await queries.count(conn, where)
        sample = await queries.list_sample(conn, where, SAMPLE)
        owners = [(user.id, user.name) for user in await auth.list_assignable(conn)]
        statuses = [(stage.key, stage.name) for stage in (await stages.read(conn)).stages]
        known = await tags.read_tags(conn)
    return views.page(
        request, "bulk_changes/ask.html", status=status, number=number, most=MOST, sample=sample, owners=owners,
        statuses=statuses, tags=[(tag.id, tag.name) for tag in known.every], values=draft.values, errors=draft.errors,
        query=request.scope["query_string"].decode("ascii", "replace"),
    )  # fmt: skip
