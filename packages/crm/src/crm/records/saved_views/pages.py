"""Saved views on pages: opened, saved, changed, pinned, deleted."""

from __future__ import annotations

from msgspec import UNSET
from starlette.responses import Response

from crm.accounts import auth
from crm.accounts.auth import User
from crm.kernel import views
from crm.kernel.http import forms, responses
from crm.kernel.http.request import Request
from crm.records.saved_views import actions, queries
from crm.records.saved_views.forms import ChangeOwnView, EditView, SaveView
from crm.records.saved_views.queries import TABLE


def _person(request: Request) -> User:
    person: User = views.layout_context(request).person
    return person


async def show(request: Request) -> Response:
    """The list that the view shows."""
    async with request.db.connection() as conn:
        view = await actions.get_visible(conn, request.id, _person(request))
    return responses.see_other(view.path)


async def save(request: Request) -> Response:
    """Save the list that the page shows, and open it."""
    form = (await forms.draft(request, SaveView)).require_form()

    async def save_once() -> str:
        view = await actions.save(conn, form, _person(request))
        return view.path

    async with request.db.transaction() as conn:
        location = await auth.post_once(request, conn, save_once)
    return views.redirect_with_toast(location, f"Saved the view “{form.name}”.")


async def change(request: Request) -> Response:
    """Save the name of a view, who sees it and, if the form holds it, what it shows."""
    form = (await forms.draft(request, EditView)).require_form()
    query = UNSET if form.save_query is None else form.save_query
    async with request.db.transaction() as conn:
        await actions.get_visible(conn, request.id, _person(request))
        view = await TABLE.lock(conn, request.id, form.version)
        changes = ChangeOwnView(name=form.name, query=query, shared=form.shared)
        changed = await actions.change(conn, view, changes, by=request.actor)
    return views.redirect_with_toast(changed.path, f"Saved the view “{changed.name}”.")


async def pin(request: Request) -> Response:
    """Show the view in the person's sidebar."""
    async with request.db.transaction() as conn:
        view = await actions.get_visible(conn, request.id, _person(request))
        await queries.pin(conn, view.id, _person(request).id)
    return responses.see_other(view.path)


async def unpin(request: Request) -> Response:
    """Take the view out of the person's sidebar."""
    async with request.db.transaction() as conn:
        view = await actions.get_visible(conn, request.id, _person(request))
        await queries.unpin(conn, view.id, _person(request).id)
    return responses.see_other(view.path)


async def delete(request: Request) -> Response:
    """Delete the view. The toast that follows offers to undo it."""
    async with request.db.transaction() as conn:
        await actions.get_visible(conn, request.id, _person(request))
        view = await TABLE.lock(conn, request.id)
        await actions.delete(conn, view, by=request.actor)
    return views.redirect_with_toast(f"/{view.kind}", f"Deleted the view “{view.name}”.")
