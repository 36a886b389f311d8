"""Activities for programs."""

from __future__ import annotations

from starlette.responses import Response

from crm.activities import actions
from crm.activities.forms import ActivityFilter, ChangeActivity, NewActivity
from crm.kernel.http import forms, responses
from crm.kernel.http.idempotency import run_once
from crm.kernel.http.request import Request

PATH = "/api/v1/activities"


async def list_all(request: Request) -> Response:
    """A page of activities, filtered and sorted."""
    ask = forms.parse_query(request, ActivityFilter, strict=True)
    async with request.db.connection() as conn:
        page = await actions.list_activities(conn, ask)
    return responses.json(page)


async def create(request: Request) -> Response:
    """Make an activity; with an Idempotency-Key, once."""
    form = await forms.read(request, NewActivity)
    async with request.db.transaction() as conn:
        made = await run_once(request, conn, lambda: actions.create(conn, form, by=request.actor), actions.get)
    return responses.record(made, made.version, 201, f"{PATH}/{made.id}")


async def show(request: Request) -> Response:
    """One activity."""
    async with request.db.connection() as conn:
        activity = await actions.get(conn, request.id)
    return responses.record(activity, activity.version)


async def change(request: Request) -> Response:
    """Change some fields of an activity."""
    version = request.expected_version()
    form = await forms.read(request, ChangeActivity)
    async with request.db.transaction() as conn:
        activity = await actions.lock(conn, request.id, version)
        changed = await actions.change(conn, activity, form)
    return responses.record(changed, changed.version)


async def remove(request: Request) -> Response:
    """Delete an activity."""
    version = request.expected_version()
    async with request.db.transaction() as conn:
        activity = await actions.lock(conn, request.id, version)
        await actions.remove(conn, activity)
    return responses.nothing()
