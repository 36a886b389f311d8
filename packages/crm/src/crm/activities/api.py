"""Activities for programs."""

from __future__ import annotations

from crm.activities import actions
from crm.activities.forms import ActivityAsk, ChangeActivity, NewActivity
from crm.kernel.http import answers, forms
from crm.kernel.http.answers import Answer
from crm.kernel.http.once import once
from crm.kernel.http.request import Request

PATH = "/api/v1/activities"


async def list_all(request: Request) -> Answer:
    """A page of activities, filtered and sorted."""
    ask = forms.asked(request, ActivityAsk, strict=True)
    async with request.db.connection() as conn:
        page = await actions.listed(conn, ask)
    return answers.json(page)


async def create(request: Request) -> Answer:
    """Make an activity; with an Idempotency-Key, once."""
    form = await forms.read(request, NewActivity)
    async with request.db.transaction() as conn:
        made = await once(request, conn, lambda: actions.create(conn, form, by=request.actor), actions.get)
    return answers.record(made, made.version, 201, f"{PATH}/{made.id}")


async def show(request: Request) -> Answer:
    """One activity."""
    async with request.db.connection() as conn:
        activity = await actions.get(conn, request.id)
    return answers.record(activity, activity.version)


async def change(request: Request) -> Answer:
    """Change some fields of an activity."""
    version = request.expected_version()
    form = await forms.read(request, ChangeActivity)
    async with request.db.transaction() as conn:
        activity = await actions.hold(conn, request.id, version)
        changed = await actions.change(conn, activity, form)
    return answers.record(changed, changed.version)


async def remove(request: Request) -> Answer:
    """Delete an activity."""
    version = request.expected_version()
    async with request.db.transaction() as conn:
        activity = await actions.hold(conn, request.id, version)
        await actions.remove(conn, activity)
    return answers.nothing()
