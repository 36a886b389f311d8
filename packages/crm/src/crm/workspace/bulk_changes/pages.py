"""Change several records of a list, selected ones or all: what it would change, and its progress."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
from starlette.responses import Response

from crm.accounts import auth
from crm.kernel import views
from crm.kernel.db import Connection
from crm.kernel.errors import FieldError, ValidationError
from crm.kernel.http import forms, responses
from crm.kernel.http.forms import Draft
from crm.kernel.http.paging import Where
from crm.kernel.http.request import Request
from crm.records import leads, stages, tags, tasks
from crm.records.common import RecordPages, list_query
from crm.workspace.bulk_changes import actions, queries
from crm.workspace.bulk_changes.actions import PAGES
from crm.workspace.bulk_changes.forms import ListForm, SelectedForm
from crm.workspace.bulk_changes.jobs import run
from crm.workspace.bulk_changes.models import ACTIONS_OF, AT_ONCE, MOST, BulkChange, ChangeRow, LeftOut

_NAMED = {**PAGES, tasks.PAGES.record.noun: tasks.PAGES}
"""The records that are left out by name: an undo may concern next steps, which are tasks."""
SAMPLE = 3
SHOWN = 100
"""How many of the records that were left out the page lists."""
_SUMMARIES = {
    "assign": "{records} assigned to {target}.", "move": "{records} moved to {target}.",
    "next_step": "Next step of {records} set.", "tag": "Tagged {records} with “{target}”.",
    "untag": "Removed “{target}” from {records}.", "delete": "Deleted {records}.",
}  # fmt: skip


async def run_selected(pages: RecordPages, request: Request) -> Response:
    """Change the selected rows of a list at once. The toast that follows offers to undo it."""
    draft = await forms.draft(request, SelectedForm)
    form, back = draft.form, f"{pages.url}{list_query(pages.record, request)}"
    if not draft.values.get("pick") or {"action", "pick"} & {*draft.errors}:
        message = f"Select {pages.record.plural} first, then choose what to do."
        return views.redirect_with_toast(back, next(iter(draft.errors.values()), message))
    if form is None or form.action == "ask":
        return await _ask(pages, request, draft)
    with draft.collect_errors():
        async with request.db.transaction() as conn:
            value = await actions.read_value(conn, pages.record.noun, form)
            where = await _pick(conn, pages, form.pick)
            change = await actions.start(conn, pages.record, form.action, value, where, by=request.actor)
    if draft.errors:
        return await _ask(pages, request, draft)
    await run(request.app_context, {"id": change.id})
    async with request.db.connection() as conn:
        change = await actions.get(conn, change.id)
        message = await _summarize(conn, change)
    return views.redirect_with_toast(back, message, undo=f"/changes/{change.change_set_id}/undo" if change.done else "")


async def ask(pages: RecordPages, request: Request) -> Response:
    """How many records of the list a change concerns, three of them, and what can be done with them."""
    return await _ask(pages, request, Draft({}))


async def start(pages: RecordPages, request: Request) -> Response:
    """Change all records of the list, unless they are others than the page said. A large change runs as a job."""
    draft = await forms.draft(request, ListForm)
    started: list[BulkChange] = []

    async def start_once() -> str:
        value = await actions.read_value(conn, pages.record.noun, form)
        where = await _read_filters(conn, pages, request)
        number = await queries.count(conn, pages.record.table, where)
        if number != form.expected:
            message = f"There are {number:,} by now. Nothing was changed. Look again, then choose what to do."
            raise ValidationError([FieldError("", message)])
        if number > MOST:
            message = f"At most {MOST:,} {pages.record.plural} are changed at once. Add a filter."
            raise ValidationError([FieldError("", message)])
        started.append(await actions.start(conn, pages.record, form.action, value, where, by=request.actor))
        return f"/bulk-changes/{started[0].id}"

    with draft.collect_errors():
        form = draft.require_form()
        async with request.db.transaction() as conn:
            location = await auth.post_once(request, conn, start_once)
    if draft.errors:
        return await _ask(pages, request, draft)
    if started and started[0].total <= AT_ONCE:
        await run(request.app_context, {"id": started[0].id})
    return responses.see_other(location)


async def show(request: Request) -> Response:
    """The progress of a change, and what was left out. For htmx only that part."""
    async with request.db.connection() as conn:
        change = await actions.get(conn, request.id)
        left_out = await _name_rows(conn, change, await queries.list_left_out(conn, change.id, SHOWN))
        target = await _find_target(conn, change)
    pages = PAGES.get(change.noun)
    return views.page(
        request, "bulk_changes/show.html", block="change", change=change, left_out=left_out, target=target,
        noun=pages.record.noun if pages else "record", url=pages.url if pages else "/changes",
        heading=pages.heading if pages else "Recent changes",
    )  # fmt: skip


async def _read_filters(connection: Connection, pages: RecordPages, request: Request) -> Where:
    query = forms.parse_query(request, pages.record.filter)
    return await pages.record.build_where(connection, query)


async def _pick(connection: Connection, pages: RecordPages, ids: Sequence[int]) -> Where:
    where = await pages.record.build_where(connection, pages.record.filter())
    where.add("id = ANY({})", ids)
    return where


async def _ask(pages: RecordPages, request: Request, draft: Draft[Any]) -> Response:
    """The page of all actions; for selected rows, if one of their actions needs something else."""
    picked = draft.values.get("pick") or []
    table = pages.record.table
    async with request.db.connection() as conn:
        if picked:
            where = await _pick(conn, pages, msgspec.convert(picked, list[int], strict=False))
        else:
            where = await _read_filters(conn, pages, request)
        sample = await table.page(conn, where, sort="-created_at", limit=SAMPLE)
        number = await queries.count(conn, table, where)
        owners = [(user.id, user.name) for user in await auth.list_assignable(conn)]
        statuses = [(stage.key, stage.name) for stage in (await stages.read(conn)).stages]
        known = await tags.read_tags(conn)
    return views.page(
        request, "bulk_changes/ask.html", block="content" if picked else "", draft=draft, pages=pages, number=number,
        most=MOST, sample=sample.data, owners=owners, statuses=statuses, picked=picked,
        reasons=[(each, each) for each in leads.LOST_REASONS],
        tags=[(tag.id, tag.name) for tag in known.every],
        actions=ACTIONS_OF[pages.record.noun], query=request.scope["query_string"].decode("ascii", "replace"),
    )  # fmt: skip


async def _summarize(connection: Connection, change: BulkChange) -> str:
    """What a change has done, as one message."""
    noun, plural = PAGES[change.noun].record.noun, PAGES[change.noun].record.plural
    if not change.total:
        return "They were deleted meanwhile. Nothing was changed."
    target = await _find_target(connection, change)
    message = _SUMMARIES[change.action].format(records=views.plural(change.done, noun, plural), target=target)
    if change.skipped:
        message += f" {views.plural(change.skipped, noun, plural)} needed no change."
    if change.failed:
        (first,) = await queries.list_left_out(connection, change.id, 1)
        message += f" {views.plural(change.failed, noun, plural)} left out: {first.message}"
    return message


async def _find_target(connection: Connection, change: BulkChange) -> str:
    """The name of what the action takes: an owner, a stage, a tag, a next step."""
    value = change.value
    if change.action == "assign":
        users = {user.id: user.name for user in await auth.list_users(connection)}
        return users.get(value["owner_id"], "nobody")
    if change.action in ("tag", "untag"):
        tag = (await tags.read_tags(connection)).find(value["tag_id"])
        return tag.name if tag else "deleted"
    if change.action == "move":
        return stages.current().name_of(value["status"])
    return str(value.get("next_action", ""))


async def _name_rows(connection: Connection, change: BulkChange, rows: Sequence[ChangeRow]) -> list[LeftOut]:
    """The rows with the names and URLs of their records."""
    places = [
        (row.before["noun"], row.before["record_id"]) if change.noun == "change" else (change.noun, row.record_id)
        for row in rows
    ]
    found = {}
    for noun, pages in _NAMED.items():
        ids = [record_id for name, record_id in places if name == noun]
        found[noun] = await queries.read_records(connection, pages.record.table, ids)
    named = []
    for (noun, record_id), row in zip(places, rows, strict=True):
        record = found.get(noun, {}).get(record_id)
        if record is None:
            named.append(LeftOut(f"{noun.capitalize()} {record_id}", "", row.message))
        else:
            named.append(LeftOut(_NAMED[noun].heading_of(record), f"{_NAMED[noun].url}/{record_id}", row.message))
    return named
