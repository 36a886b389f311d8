"""The pages of change sets."""

from __future__ import annotations

from collections.abc import Callable
from typing import get_args

import msgspec
from starlette.responses import Response

from crm.accounts import auth
from crm.kernel import views
from crm.kernel.errors import ConflictError
from crm.kernel.http import forms, responses
from crm.kernel.http.request import Request
from crm.records import change_sets
from crm.records.change_sets import ChangeSet
from crm.workspace.undo import actions
from crm.workspace.undo.models import Choice, UndoConflict, UndoConflictsError
from crm.workspace.undo.urls import find_page

URL = "/changes"
SHOWN = 100
"""How many changes of a change set its page lists."""


class ChangesQuery(msgspec.Struct, frozen=True):
    """The query of the list."""

    cursor: str = ""
    by: str = ""


async def list_all(request: Request) -> Response:
    """List the change sets, or those of the signed-in user."""
    query = forms.parse_query(request, ChangesQuery)
    where = change_sets.select_visible(request.actor)
    if query.by == "me":
        where.add("by_kind = 'person' AND by_id = {}", request.actor.id)
    async with request.db.connection() as conn:
        page = await change_sets.LISTING.page(conn, where, cursor=query.cursor)
    return views.page(
        request,
        "undo/list.html",
        page=page,
        query=query,
        days=change_sets.UNDO_PERIOD.days,
        may_undo=_may_undo(request),
    )


async def show(request: Request) -> Response:
    """Show what a change set changed."""
    return await _show(request)


async def undo(request: Request) -> Response:
    """Undo a change set. Where something was changed since, the page asks what to do."""
    sent = dict(await forms.read_form(request)) if await request.body() else {}
    choices: dict[str, Choice] = {name: value for name, value in sent.items() if value in get_args(Choice)}  # type: ignore[misc]
    back = auth.safe_target(sent["back"]) if sent.get("back") else ""
    try:
        async with request.db.transaction() as conn:
            role = views.layout_context(request).person.role
            if started := await actions.start_undo(conn, request.id, by=request.actor, role=role):
                return responses.see_other(f"/bulk-changes/{started.id}")
            result = await actions.undo(conn, request.id, choices, by=request.actor, role=role)
            changes = await change_sets.list_changes(conn, request.id)
    except UndoConflictsError as error:
        return await _show(request, error.conflicts, back=back, status=409)
    except ConflictError as error:
        return views.redirect_with_toast(f"{URL}/{request.id}", error.detail)
    message = f"{views.plural(result.undone, 'change')} undone." if result.undone else "Nothing was left to undo."
    if result.kept:
        message += f" {views.plural(result.kept, 'later change')} kept."
    return views.redirect_with_toast(find_page(changes, back), message)


async def _show(
    request: Request, conflicts: list[UndoConflict] | None = None, *, back: str = "", status: int = 200
) -> Response:
    async with request.db.transaction() as conn:
        change_set = await actions.lock(conn, request.id, request.actor)
        shown = await actions.describe(conn, await change_sets.list_changes(conn, request.id, SHOWN))
    return views.page(
        request, "undo/show.html", status=status, change_set=change_set, shown=shown, conflicts=conflicts or [],
        ends=change_set.at + change_sets.UNDO_PERIOD, back=back, may_undo=_may_undo(request),
    )  # fmt: skip


def _may_undo(request: Request) -> Callable[[ChangeSet], bool]:
    """Whether the person may undo a change set, as far as its first changes show it."""
    can = views.layout_context(request).person.can
    return lambda change_set: all(can(actions.find_permission(each["noun"])) for each in change_set.first)
