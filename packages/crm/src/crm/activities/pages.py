"""Timelines on pages: adding a line, correcting one, taking one away."""

from __future__ import annotations

import re

import msgspec
from starlette.responses import Response

from crm.activities import actions
from crm.activities.forms import ChangeActivity, NewActivity
from crm.activities.models import Activity
from crm.kernel import edit_conflicts, views
from crm.kernel.errors import BadRequestError, PreconditionFailedError
from crm.kernel.http import forms
from crm.kernel.http.forms import Draft
from crm.kernel.http.request import ANY_VERSION, Request

LABELS = {"kind": "kind", "body": "text"}
KINDS = (("note", "Note"), ("call", "Call"), ("meeting", "Meeting"), ("email", "E-mail"))


class Composed(NewActivity, frozen=True):
    """A new line and the page it was written on."""

    back: str = "/"


class Corrected(ChangeActivity, frozen=True):
    """A line as corrected, and the version that was read."""

    version: int = ANY_VERSION


async def create(request: Request) -> Response:
    """Add a line and go back to the record it is about."""
    draft = await forms.draft(request, Composed)
    if draft.form is None:
        return _again(request, draft)
    async with request.db.transaction() as conn:
        await actions.create(conn, draft.form, by=request.actor)
    return views.redirect_with_toast(_inside(draft.form.back))


async def edit(request: Request) -> Response:
    """The form that corrects a line."""
    async with request.db.connection() as conn:
        activity = await actions.lock(conn, request.id, ANY_VERSION)
    return _form(request, activity, Draft(msgspec.structs.asdict(activity), {}, None))


async def change(request: Request) -> Response:
    """Correct a line."""
    draft = await forms.draft(request, Corrected)
    try:
        async with request.db.transaction() as conn:
            version = draft.form.version if draft.form else ANY_VERSION
            activity = await actions.lock(conn, request.id, version)
            if draft.form is None:
                return _form(request, activity, draft, status=422)
            await actions.change(conn, activity, draft.form)
    except PreconditionFailedError:
        return await _clash(request, draft)
    return views.redirect_with_toast(place_of(activity), "Saved.")


async def remove(request: Request) -> Response:
    """Take a line away."""
    async with request.db.transaction() as conn:
        activity = await actions.lock(conn, request.id, ANY_VERSION)
        await actions.remove(conn, activity)
    return views.redirect_with_toast(place_of(activity), "Removed from the timeline.")


def place_of(activity: Activity) -> str:
    """The page of the record a line is about."""
    if activity.lead_id is not None:
        return f"/leads/{activity.lead_id}"
    return (
        f"/contacts/{activity.contact_id}" if activity.contact_id is not None else f"/companies/{activity.company_id}"
    )


def _inside(back: str) -> str:
    # Typed by a browser, so it may only name one of our own records.
    if re.fullmatch(r"/(leads|contacts|companies)/\d{1,19}(\?[A-Za-z0-9=&%.+_-]{1,1500})?", back):
        return back
    raise BadRequestError("The page to go back to is none of ours. Open the record and add the line there.")


def _again(request: Request, draft: Draft[Composed]) -> Response:
    return views.page(
        request, "activities/new.html", status=422, values=draft.values, faults=draft.faults, kinds=KINDS,
        back=_inside(str(draft.values.get("back", ""))), block="content",
    )  # fmt: skip


def _form(request: Request, activity: Activity, draft: Draft[Corrected], status: int = 200) -> Response:
    return views.page(
        request, "activities/edit.html", status=status, activity=activity, values=draft.values, faults=draft.faults,
        kinds=KINDS, back=place_of(activity),
    )  # fmt: skip


async def _clash(request: Request, draft: Draft[Corrected]) -> Response:
    async with request.db.connection() as conn:
        current = await actions.get(conn, request.id)
    return edit_conflicts.page(
        request, what="this line", action=f"/activities/{current.id}", back=place_of(current), version=current.version,
        yours=draft.values, current=msgspec.structs.asdict(current), labels=LABELS, words={"kind": dict(KINDS)},
    )  # fmt: skip
