"""The page of all tags."""

from __future__ import annotations

from starlette.responses import Response

from crm.kernel import views
from crm.kernel.http import forms
from crm.kernel.http.forms import Draft
from crm.kernel.http.request import Request
from crm.records import tags
from crm.records.tags import COLORS, MergeTag, NewTag
from crm.workspace.tagging import queries


async def list_all(request: Request) -> Response:
    """Every tag, with the number of records that have it."""
    return await _show(request, Draft({"color": COLORS[0]}))


async def create(request: Request) -> Response:
    """Add a tag."""
    draft = await forms.draft(request, NewTag)
    with draft.collect_errors():
        form = draft.require_form()
        async with request.db.transaction() as conn:
            tag = await tags.create(conn, form)
        return views.redirect_with_toast("/tags", f"Added the tag “{tag.name}”.")
    return await _show(request, draft)


async def change(request: Request) -> Response:
    """Rename a tag, or give it another color."""
    draft = await forms.draft(request, NewTag)
    with draft.collect_errors():
        form = draft.require_form()
        async with request.db.transaction() as conn:
            tag = await tags.lock(conn, request.id)
            tag = await tags.change(conn, tag, tags.ChangeTag(name=form.name, color=form.color))
        return views.redirect_with_toast("/tags", f"Saved the tag “{tag.name}”.")
    return await _show(request, draft, edited=request.id)


async def merge(request: Request) -> Response:
    """Let another tag take the place of this one. The toast that follows offers to undo it."""
    draft = await forms.draft(request, MergeTag)
    if draft.form is None:
        return views.redirect_with_toast("/tags", "Nothing was merged: choose the tag to merge into.")
    async with request.db.transaction() as conn:
        tag = await tags.get(conn, request.id)
        into = await tags.merge(conn, tag.id, draft.form.into)
    return views.redirect_with_toast("/tags", f"Merged “{tag.name}” into “{into.name}”.")


async def delete(request: Request) -> Response:
    """Delete a tag. The toast that follows offers to undo it."""
    async with request.db.transaction() as conn:
        tag = await tags.lock(conn, request.id)
        await tags.delete(conn, tag)
    return views.redirect_with_toast("/tags", f"Deleted the tag “{tag.name}”.")


async def _show(request: Request, draft: Draft[NewTag], *, edited: int | None = None) -> Response:
    async with request.db.connection() as conn:
        known = await tags.read_tags(conn)
        counts = await queries.count_tagged(conn, known)
    return views.page(
        request, "tagging/list.html", draft=draft, tags=known.every, counts=counts, edited=edited,
        colors=[(color, color.capitalize()) for color in COLORS],
    )  # fmt: skip
