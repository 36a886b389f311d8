"""Change sets in the API."""

from __future__ import annotations

from starlette.responses import Response

from crm.accounts import api_keys
from crm.kernel.errors import ConflictError
from crm.kernel.http import forms, responses
from crm.kernel.http.request import Request
from crm.records import change_sets
from crm.workspace.undo import actions
from crm.workspace.undo.forms import ChangeSetFilter, Undo
from crm.workspace.undo.models import ChangeSetDetail, UndoConflictsError


async def list_all(request: Request) -> Response:
    """Change sets, the newest first."""
    query = forms.parse_query(request, ChangeSetFilter, strict=True)
    where = change_sets.select_visible(request.actor)
    if query.by_id is not None:
        where.add("by_kind = 'person' AND by_id = {}", query.by_id)
    async with request.db.connection() as conn:
        page = await change_sets.LISTING.page(conn, where, sort=query.sort, limit=query.limit, cursor=query.cursor)
    return responses.json(page)


async def show(request: Request) -> Response:
    """One change set with its changes."""
    async with request.db.transaction() as conn:
        change_set = await actions.lock(conn, request.id, request.actor)
        changes = await change_sets.list_changes(conn, request.id)
    return responses.json(ChangeSetDetail(change_set, changes))


async def undo(request: Request) -> Response:
    """Undo a change set."""
    form = await forms.read(request, Undo)
    role = api_keys.get_api_key(request).role
    try:
        async with request.db.transaction() as conn:
            result = await actions.undo(conn, request.id, {}, by=request.actor, role=role, default=form.conflicts)
    except UndoConflictsError as error:
        what = ", ".join(each.key.removesuffix(".") for each in error.conflicts[:10])
        raise ConflictError(
            f"Nothing was undone, because this was changed since: {what}. Send conflicts=keep to keep those changes, "
            "or conflicts=restore to overwrite them."
        ) from error
    return responses.json(result)
