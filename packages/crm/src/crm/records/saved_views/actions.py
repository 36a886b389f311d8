"""What happens to saved views. Everybody has views of their own; who can change records can share them."""

from __future__ import annotations

from datetime import timedelta

import msgspec

from crm.accounts import auth, permissions
from crm.accounts.auth import User
from crm.kernel import clock
from crm.kernel.actor import Actor
from crm.kernel.db import Connection
from crm.kernel.errors import ForbiddenError, NotFoundError
from crm.kernel.http.paging import Where
from crm.records.base import changed_values
from crm.records.saved_views import queries
from crm.records.saved_views.forms import NewView, SaveView, ViewFilter
from crm.records.saved_views.models import SavedView
from crm.records.saved_views.queries import SHARED, TABLE

KEPT = timedelta(days=30)
"""How long the deletion of a view can be undone."""


async def save(connection: Connection, form: SaveView, by: User) -> SavedView:
    """Save a list. Raises `ForbiddenError` if it is to be shared by somebody who may change no record."""
    if form.shared:
        permissions.check(by.role, "write")
    view = await _insert(connection, form, shared=form.shared, owner_id=by.id)
    if form.pinned:
        await queries.pin(connection, view.id, by.id)
    return view


async def create_shared(connection: Connection, form: NewView, *, by: Actor) -> SavedView:  # noqa: ARG001
    """Add a view for everybody, in the name of a program."""
    return await _insert(connection, form, shared=True, owner_id=None)


async def get_visible(connection: Connection, view_id: int, by: User) -> SavedView:
    """The view, if it is shared or the person's own. Raises `NotFoundError`."""
    view = await TABLE.find(connection, view_id)
    if view is None or not (view.shared or view.owner_id == by.id):
        raise NotFoundError("There is no such view. It was deleted, or it belongs to somebody else.")
    return view


async def change(connection: Connection, view: SavedView, form: msgspec.Struct, *, by: Actor) -> SavedView:
    """Change a view that was locked. Raises `ForbiddenError` for a person who may not."""
    values = changed_values(view, form)
    await _check(connection, view, by, share=values.get("shared", False))
    return await TABLE.update(connection, view, values) if values else view


async def delete(connection: Connection, view: SavedView, *, by: Actor) -> None:
    """Hide the view, so that this can be undone, and delete those that were hidden long ago."""
    await _check(connection, view, by)
    await TABLE.hide(connection, view)
    await TABLE.delete_hidden(connection, clock.now() - KEPT)


async def restore(connection: Connection, view_id: int, *, by: Actor) -> SavedView:
    """Restore a deleted view. Raises `NotFoundError` or `ForbiddenError`."""
    view = await TABLE.bring_back(connection, view_id)
    await _check(connection, view, by)
    return view


async def apply_filters(_: Connection, query: ViewFilter) -> Where:
    """The conditions of a list."""
    where = Where([SHARED.exists])
    where.add_given(query, {"kind": "kind = {}"})
    return where


async def _insert(connection: Connection, form: SaveView | NewView, *, shared: bool, owner_id: int | None) -> SavedView:
    values = {"kind": form.kind, "name": form.name, "query": form.query, "shared": shared, "owner_id": owner_id}
    view = await TABLE.insert(connection, values)
    assert view is not None, "Views have no value that must be unique."
    return view


async def _check(connection: Connection, view: SavedView, by: Actor, *, share: bool = False) -> None:
    """Its owner may change a view, and of a shared one each owner of the system. `share` also needs to change records.

    Programs see shared views alone, and their scopes are checked before.
    """
    if by.kind != "person":
        return
    person = next(user for user in await auth.list_users(connection) if user.id == by.id)
    if view.owner_id != person.id and not (view.shared and person.can("manage")):
        raise ForbiddenError("Only the person who saved this view, or an owner, can change it. Save it as your own.")
    if share:
        permissions.check(person.role, "write")
