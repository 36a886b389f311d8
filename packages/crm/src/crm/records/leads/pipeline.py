"""The status and the next step of a lead, on its page."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from crm.kernel import views
from crm.kernel.errors import ValidationError
from crm.kernel.http import forms
from crm.kernel.http.request import Request
from crm.records import tasks
from crm.records.common import list_query, page_to_show, render_detail
from crm.records.leads import actions
from crm.records.leads.api import RECORD
from crm.records.leads.forms import ChangeLead, MoveLead, NextStep
from crm.records.leads.models import Lead
from crm.records.leads.pages import PAGES


async def move(request: Request) -> Response:
    """Change the status. Lost without a reason asks for one."""
    draft = await forms.draft(request, MoveLead)
    form = draft.form
    if form is None and "lost_reason" in draft.errors:
        async with request.db.connection() as conn:
            lead = await actions.get(conn, request.id)
        return _page(request, "leads/lost.html", lead, status=422, values=draft.values, errors=draft.errors)
    if form is None:
        raise ValidationError(draft.field_errors())
    async with request.db.transaction() as conn:
        lead = await actions.lock(conn, request.id)
        if lead.status not in (form.was, form.status):
            return _page(request, "leads/moved.html", lead, status=409, form=form)
        if form.status == "lost" and not (form.lost_reason or lead.lost_reason):
            errors = {"lost_reason": "Say why it was lost; a few words will do."}
            return _page(request, "leads/lost.html", lead, status=422, values=draft.values, errors=errors)
        await actions.move(conn, lead, form.status, request.actor, form.lost_reason)
    return views.redirect_with_toast(page_to_show(form.back, _url(request)))


async def ask_lost_reason(request: Request) -> Response:
    """Ask why it was lost."""
    async with request.db.connection() as conn:
        lead = await actions.get(conn, request.id)
    return _page(request, "leads/lost.html", lead, values={}, errors={})


async def set_next_step(request: Request) -> Response:
    """Set the next step, unless somebody else has set another since the page was shown."""
    draft = await forms.draft(request, NextStep)
    form = draft.form
    async with request.db.transaction() as conn:
        lead = await actions.lock(conn, request.id)
        if form is not None and lead.next_action in (form.was, form.next_action):
            step = ChangeLead(next_action=form.next_action, next_action_on=form.next_action_on)
            await actions.change(conn, lead, step, by=request.actor)
            return views.redirect_with_toast(page_to_show(form.back, _url(request)))
    if form is not None:
        current = lead.next_action or "nothing"
        draft.add_error("next_action", f"Someone else has just set: {current}. Send yours again to replace it.")
    return await render_detail(PAGES, request, 409 if form else 422, step=draft.values, errors=draft.errors)


async def finish_next_step(request: Request) -> Response:
    """Complete the next step."""
    async with request.db.transaction() as conn:
        lead = await actions.lock(conn, request.id)
        done = await actions.finish(conn, lead, by=request.actor)
    if done is None:
        return views.redirect_with_toast(_url(request), "There was nothing left to do.")
    return views.redirect_with_toast(
        tasks.ask_next(_url(request), done), f"Done: {done.title}", undo=f"/tasks/{done.id}/reopen"
    )


def _url(request: Request) -> str:
    """The lead, in the list it was opened from."""
    return f"/leads/{request.id}{list_query(RECORD, request)}"


def _page(request: Request, template: str, lead: Lead, status: int = 200, **values: Any) -> Response:
    return views.page(
        request, template, block="content", status=status, lead=lead, picked=[],
        list_query=list_query(RECORD, request), **values,
    )  # fmt: skip
