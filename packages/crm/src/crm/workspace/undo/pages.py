"""The pages of change sets."""

from __future__ import annotations

from typing import get_args

import msgspec
from starlette.responses import Response

from crm.kernel import views
from crm.kernel.errors import ConflictError
from crm.kernel.http import forms, responses
from crm.kernel.http.paging import Where
from crm.kernel.http.request import Request
from crm.records import change_sets
from crm.records.change_sets import Change
from crm.workspace.undo import actions
from crm.workspace.undo.models import Choice, UndoConflict, UndoConflictsError

URL = "/changes"
SHOWN = 100
"""How many changes of a change set its page lists."""
_LISTS = {noun: pages.url for noun, pages in actions.PAGES.items()}


class ChangesQuery(msgspec.Struct, frozen=True):
    """The query of the list."""

    cursor: str = ""
    by: str = ""


async def list_all(request: Request) -> Response:
    """List the change sets, or those of the signed-in user."""
    query = forms.parse_query(request, ChangesQuery)
    where = Where()
    if query.by == "me":
        where.add("by_kind = 'person' AND by_id = {}", request.actor.id)
    async with request.db.connection() as conn:
        page = await change_sets.LISTING.page(conn, where, cursor=query.cursor)
    return views.page(request, "undo/list.html", page=page, query=query, days=change_sets.UNDO_PERIOD.days)


async def show(request: Request) -> Response:
    """Show what a change set changed."""
    return await _show(request)


async def undo(request: Request) -> Response:
    """Undo a change set. Where something was changed since, the page asks what to do."""
    pairs = await forms.read_form(request) if await request.body() else []
    choices: dict[str, Choice] = {name: value for name, value in pairs if value in get_args(Choice)}  # type: ignore[misc]
    try:
        async with request.db.transaction() as conn:
            if started := await actions.start_undo(conn, request.id, by=request.actor):
                return responses.see_other(f"/bulk-changes/{started.id}")
            changes = await change_sets.list_changes(conn, request.id)
            result = await actions.undo(conn, request.id, choices, by=request.actor)
    except UndoConflictsError as error:
        return await _show(request, error.conflicts, status=409)
    except ConflictError as error:
        return views.redirect_with_toast(f"{URL}/{request.id}", error.detail)
    message = f"{views.plural(result.undone, 'change')} undone." if result.undone else "Nothing was left to undo."
    if result.kept:
        message += f" {views.plural(result.kept, 'later change')} kept."
    return views.redirect_with_toast(_find_page(changes), message)


async def _show(request: Request, conflicts: list[UndoConflict] | None = None, status: int = 200) -> Response:
    async with request.db.transaction() as conn:
        change_set = await actions.lock(conn, request.id)
        shown = await actions.describe(conn, await change_sets.list_changes(conn, request.id, SHOWN))
    return views.page(
        request, "undo/show.html", status=status, change_set=change_set, shown=shown, conflicts=conflicts or [],
        ends=change_set.at + change_sets.UNDO_PERIOD,
    )  # fmt: skip


def _find_page(changes: list[Change]) -> str:
    """The URL of the record that a change set is about, or of the list of its records."""
    records = {(each.noun, each.record_id) for each in changes if each.noun in _LISTS}
    if not records:
        records = {_find_subject(each) for each in changes if each.noun == "activity"}
    if len(records) == 1:
        ((noun, record_id),) = records
        is_gone = any(each.verb in ("created", "restored") and each.noun == noun for each in changes)
        return _LISTS[noun] if is_gone else f"{_LISTS[noun]}/{record_id}"
    nouns = {noun for noun, _ in records}
    return next((url for noun, url in _LISTS.items() if noun in nouns), URL)


def _find_subject(change: Change) -> tuple[str, int]:
    """The noun and id of the record that an activity is about. One of a lead names the contact and company too."""
    values = {**change.before, **change.after}
    return next((noun, values[f"{noun}_id"]) for noun in ("lead", "contact", "company") if values.get(f"{noun}_id"))
