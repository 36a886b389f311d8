"""What happens to saved views. Everybody has views of their own; who can change records can share them."""

from __future__ import annotations

from crm.accounts import permissions
from crm.accounts.auth import User
from crm.kernel.db import Connection
from crm.kernel.errors import ForbiddenError, NotFoundError, PreconditionFailedError
from crm.kernel.http.paging import Page, Where
from crm.kernel.http.request import ANY_VERSION
from crm.records.saved_views import queries
from crm.records.saved_views.forms import EditView, SaveView, ViewFilter
from crm.records.saved_views.models import SavedView


async def save(connection: Connection, form: SaveView, by: User) -> SavedView:
    """Save a list. Raises `ForbiddenError` if it is to be shared by somebody who may change no record."""
    if form.shared:
        permissions.check(by.role, "write")
    values = {
        "kind": form.kind, "name": form.name, "query": form.query, "shared": form.shared, "owner_id": by.id
    }  # fmt: skip
    view = await queries.insert(connection, values)
    if form.pinned:
        await queries.pin(connection, view.id, by.id)
    return view


async def get_visible(connection: Connection, view_id: int, by: User) -> SavedView:
    """The view, if it is shared or the person's own. Raises `NotFoundError`."""
    view = await queries.find(connection, view_id)
    if view is None or not (view.shared or view.owner_id == by.id):
        raise _missing()
    return view


async def lock_own(connection: Connection, view_id: int, by: User, *, deleted: bool = False) -> SavedView:
    """The view, locked, if the person may change it: its owner may, and of a shared one each owner of the system.

    Raises `NotFoundError` or `ForbiddenError`.
    """
    view = await queries.find(connection, view_id, lock=True, deleted=deleted)
    if view is None or not (view.shared or view.owner_id == by.id):
        raise _missing()
    if view.owner_id != by.id and not by.can("manage"):
        raise ForbiddenError("Only the person who saved this view, or an owner, can change it. Save it as your own.")
    return view


async def change(connection: Connection, view: SavedView, form: EditView, by: User) -> SavedView:
    """Change a view that `lock_own` returned. Raises `PreconditionFailedError` or `ForbiddenError`."""
    if form.version not in (ANY_VERSION, view.version):
        raise PreconditionFailedError("Someone changed this view since you opened it. Open it again, then change it.")
    if form.shared and not view.shared:
        permissions.check(by.role, "write")
    query = view.query if form.save_query is None else form.save_query
    return await queries.update(connection, view, name=form.name, query=query, shared=form.shared)


async def list_shared(connection: Connection, query: ViewFilter) -> Page[SavedView]:
    """One page of the shared views. Raises `ValidationError` for an unknown sort or cursor."""
    where = Where(["shared", "deleted_at IS NULL"])
    if query.kind:
        where.add("kind = {}", query.kind)
    return await queries.TABLE.page(connection, where, sort=query.sort, limit=query.limit, cursor=query.cursor)


async def get_shared(connection: Connection, view_id: int, *, lock: bool = False) -> SavedView:
    """The shared view. Raises `NotFoundError`."""
    view = await queries.find(connection, view_id, lock=lock)
    if view is None or not view.shared:
        raise _missing()
    return view


def _missing() -> NotFoundError:
    return NotFoundError("There is no such view. It was deleted, or it belongs to somebody else.")
