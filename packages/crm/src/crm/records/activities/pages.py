"""Timelines on pages: adding, editing and deleting an activity."""

from __future__ import annotations

import re

import msgspec
from starlette.responses import Response

from crm.kernel import edit_conflicts, views
from crm.kernel.errors import BadRequestError, PreconditionFailedError
from crm.kernel.http import forms
from crm.kernel.http.forms import Draft
from crm.kernel.http.request import ANY_VERSION, Request
from crm.records.activities import actions
from crm.records.activities.forms import KINDS, ComposeActivity, EditActivity
from crm.records.activities.models import Activity
from crm.records.common import labels

LABELS = labels(EditActivity)


async def create(request: Request) -> Response:
    """Add an activity and go back to the record it is about."""
    draft = await forms.draft(request, ComposeActivity)
    if draft.form is None:
        return views.page(
            request, "activities/new.html", status=422, values=draft.values, faults=draft.faults, kinds=KINDS,
            labels=LABELS, back=_check_url(str(draft.values.get("back", ""))), block="content",
        )  # fmt: skip
    async with request.db.transaction() as conn:
        await actions.create(conn, draft.form, by=request.actor)
    return views.redirect_with_toast(_check_url(draft.form.back))


async def edit(request: Request) -> Response:
    """The form of an activity."""
    async with request.db.connection() as conn:
        activity = await actions.get(conn, request.id)
    actions.check_editable(activity)
    return _form(request, activity, Draft(msgspec.structs.asdict(activity), {}, None))


async def change(request: Request) -> Response:
    """Save an activity."""
    draft = await forms.draft(request, EditActivity)
    try:
        async with request.db.transaction() as conn:
            version = draft.form.version if draft.form else ANY_VERSION
            activity = await actions.lock(conn, request.id, version)
            actions.check_editable(activity)
            if draft.form is None:
                return _form(request, activity, draft, status=422)
            await actions.change(conn, activity, draft.form)
    except PreconditionFailedError:
        return await _conflict(request, draft)
    return views.redirect_with_toast(record_url(activity), "Saved.")


async def delete(request: Request) -> Response:
    """Delete an activity."""
    async with request.db.transaction() as conn:
        activity = await actions.lock(conn, request.id)
        await actions.delete(conn, activity)
    return views.redirect_with_toast(record_url(activity), "Deleted from the timeline.")


def record_url(activity: Activity) -> str:
    """The page of the record that the activity is about."""
    if activity.lead_id is not None:
        return f"/leads/{activity.lead_id}"
    return (
        f"/contacts/{activity.contact_id}" if activity.contact_id is not None else f"/companies/{activity.company_id}"
    )


def _check_url(back: str) -> str:
    # The browser sends it, so it may only name one of our own records.
    if re.fullmatch(r"/(leads|contacts|companies)/\d{1,19}(\?[A-Za-z0-9=&%.+_-]{1,1500})?", back):
        return back
    raise BadRequestError("The page to go back to is none of ours. Open the record and add the activity there.")


def _form(request: Request, activity: Activity, draft: Draft[EditActivity], status: int = 200) -> Response:
    return views.page(
        request, "activities/edit.html", status=status, activity=activity, values=draft.values, faults=draft.faults,
        kinds=KINDS, labels=LABELS, back=record_url(activity),
    )  # fmt: skip


async def _conflict(request: Request, draft: Draft[EditActivity]) -> Response:
    async with request.db.connection() as conn:
        current = await actions.get(conn, request.id)
    return edit_conflicts.page(
        request, what="this activity", action=f"/activities/{current.id}", back=record_url(current),
        version=current.version, yours=draft.values, current=msgspec.structs.asdict(current), labels=LABELS,
        words={"kind": dict(KINDS)},
    )  # fmt: skip
