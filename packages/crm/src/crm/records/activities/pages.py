"""Timelines on pages: adding, editing and deleting an activity."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
from msgspec import UNSET
from starlette.responses import Response

from crm.accounts import auth
from crm.kernel import views
from crm.kernel.errors import PreconditionFailedError, ValidationError
from crm.kernel.http import forms
from crm.kernel.http.forms import Draft
from crm.kernel.http.request import ANY_VERSION, Request
from crm.records.activities import actions
from crm.records.activities.forms import KINDS, ChangeActivity, ComposeActivity, EditActivity, Moment
from crm.records.activities.models import Activity
from crm.records.base import labels
from crm.records.common import render_conflict

LABELS = labels(EditActivity)


class _Time(msgspec.Struct, frozen=True):
    at: Moment


async def create(request: Request) -> Response:
    """Add an activity and go back to the record it is about."""
    draft = await forms.draft(request, ComposeActivity)
    back, at = _find_way_back(draft.values), read_local_time(request, draft)

    async def add() -> str:
        await actions.create(conn, activity, by=request.actor)
        return back

    with draft.collect_errors():
        activity = msgspec.structs.replace(draft.require_form(), at=at)
        async with request.db.transaction() as conn:
            await auth.post_once(request, conn, add)
        return views.redirect_with_toast(back)
    return views.page(
        request, "activities/new.html", draft=draft, kinds=KINDS, labels=LABELS, back=back, block="content",
    )  # fmt: skip


async def edit(request: Request) -> Response:
    """The form of an activity."""
    async with request.db.connection() as conn:
        activity = await actions.get(conn, request.id)
    actions.check_editable(activity)
    values = msgspec.structs.asdict(activity) | {"at_local": _format_time(request, activity.at)}
    return _form(request, activity, Draft(values))


async def change(request: Request) -> Response:
    """Save an activity."""
    draft = await forms.draft(request, EditActivity)
    at = read_local_time(request, draft)
    try:
        async with request.db.transaction() as conn:
            version = draft.form.version if draft.form else ANY_VERSION
            activity = await actions.lock(conn, request.id, version)
            actions.check_editable(activity)
            if draft.form is None or draft.errors:
                return _form(request, activity, draft)
            # The control holds no seconds, so an unchanged minute is no change.
            moved = at is not None and at != activity.at.replace(second=0, microsecond=0)
            form = ChangeActivity(kind=draft.form.kind, body=draft.form.body, at=at if at and moved else UNSET)
            await actions.change(conn, activity, form)
    except PreconditionFailedError:
        return await _conflict(request, draft)
    return views.redirect_with_toast(activity.place_url, "Saved.")


async def delete(request: Request) -> Response:
    """Delete an activity."""
    async with request.db.transaction() as conn:
        activity = await actions.lock(conn, request.id)
        await actions.delete(conn, activity)
    return views.redirect_with_toast(activity.place_url, "Deleted from the timeline.")


def read_local_time(request: Request, draft: Draft[Any]) -> datetime | None:
    """The time that was chosen; None without one. A day that does not exist becomes an error of the draft."""
    text = draft.form.at_local if draft.form else ""
    if not text:
        return None
    try:
        chosen = datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(views.layout_context(request).time_zone))
        return forms.parse({"at": chosen.isoformat()}, _Time, typed=False).at
    except ValueError:
        draft.add_error("at_local", "Enter a date and time that exist, such as 2026-11-22 14:30.")
    except ValidationError as error:
        draft.add_error("at_local", error.errors[0].message)
    return None


def _format_time(request: Request, at: datetime) -> str:
    """A time as the control for date and time holds it."""
    return f"{at.astimezone(ZoneInfo(views.layout_context(request).time_zone)):%Y-%m-%dT%H:%M}"


def _find_way_back(values: Mapping[str, Any]) -> str:
    """The page that the form names if it is that of a record, with the list it came from; else the record's page.

    The browser sends it, so it may name none but our own pages.
    """
    back = str(values.get("back", ""))
    if re.fullmatch(r"/(leads|contacts|companies)/\d{1,19}(\?[!-~]{1,8000})?", back):
        return back
    for plural, name in (("leads", "lead_id"), ("contacts", "contact_id"), ("companies", "company_id")):
        if re.fullmatch(r"\d{1,19}", str(values.get(name, ""))):
            return f"/{plural}/{values[name]}"
    return "/"


def _form(request: Request, activity: Activity, draft: Draft[EditActivity]) -> Response:
    return views.page(
        request, "activities/edit.html", draft=draft, activity=activity, kinds=KINDS, labels=LABELS,
        back=activity.place_url,
    )  # fmt: skip


async def _conflict(request: Request, draft: Draft[EditActivity]) -> Response:
    async with request.db.connection() as conn:
        current = await actions.get(conn, request.id)
    values = msgspec.structs.asdict(current) | {"at_local": _format_time(request, current.at)}
    return render_conflict(
        request, what="this activity", action=f"/activities/{current.id}", back=current.place_url,
        version=current.version, yours=draft.values, current=values, labels=LABELS,
        words={"kind": dict(KINDS)},
    )  # fmt: skip
