"""One lead on its page: what is known, where it stands, what comes next, what happened."""

from __future__ import annotations

from typing import Any

import msgspec
from starlette.responses import Response

from crm import activities, auth, companies, contacts
from crm.kernel import clock, views
from crm.kernel.errors import FieldError, ValidationError
from crm.kernel.http import forms
from crm.kernel.http.forms import Draft
from crm.kernel.http.request import ANY_VERSION, Request
from crm.leads import actions, edits, prev_next
from crm.leads.forms import ChangeLead
from crm.leads.models import STAGES, Lead
from shared.enquiry_form import label_of

LINES = 50


class Earlier(msgspec.Struct, frozen=True):
    """Below which line the timeline goes on."""

    before: int | None = None


async def show(request: Request) -> Response:
    """The record; for htmx only what is inside the frame."""
    return await _record(request)


async def move(request: Request) -> Response:
    """Put the lead where it now stands. Lost without a reason asks for one."""
    draft = await forms.draft(request, edits.MoveLead)
    if draft.form is None:
        raise ValidationError([FieldError(name, message) for name, message in draft.faults.items()])
    to, reason = draft.form.status, draft.form.lost_reason
    async with request.db.transaction() as conn:
        lead = await actions.lock(conn, request.id, ANY_VERSION)
        if lead.status not in (draft.form.was, to):
            return _moved_meanwhile(request, lead, draft.form)
        if to == "lost" and not (reason or lead.lost_reason):
            return _ask_why(request, lead, status=422, fault="Say why it was lost; a few words will do.")
        await actions.move(conn, lead, to, request.actor, reason)
    return views.redirect_with_toast(_here(request))


async def lost(request: Request) -> Response:
    """Ask why it was lost."""
    async with request.db.connection() as conn:
        lead = await actions.get(conn, request.id)
    return _ask_why(request, lead)


async def plan(request: Request) -> Response:
    """Set the next step."""
    draft = await forms.draft(request, edits.NextStep)
    async with request.db.transaction() as conn:
        lead = await actions.lock(conn, request.id, ANY_VERSION)
        if draft.form is not None and lead.next_action in (draft.form.was, draft.form.next_action):
            step = ChangeLead(next_action=draft.form.next_action, next_action_on=draft.form.next_action_on)
            await actions.change(conn, lead, step, by=request.actor)
            return views.redirect_with_toast(_here(request))
    if draft.form is None:
        return await _record(request, draft, status=422)
    theirs = lead.next_action or "nothing"
    draft.blame("next_action", f"Meanwhile somebody else has set: {theirs}. Send yours again to replace it.")
    return await _record(request, draft, status=409)


async def finish(request: Request) -> Response:
    """The next step is done."""
    async with request.db.transaction() as conn:
        lead = await actions.lock(conn, request.id, ANY_VERSION)
        await actions.finish(conn, lead, by=request.actor)
    return views.redirect_with_toast(_here(request), "Done." if lead.next_action else "There was nothing left to do.")


async def _record(request: Request, step: Draft[Any] | None = None, status: int = 200) -> Response:
    zone = views.layout_context(request).time_zone
    ask = forms.parse_query(request, Earlier)
    async with request.db.connection() as conn:
        lead = await actions.get(conn, request.id)
        below = await activities.get(conn, ask.before) if ask.before else None
        lines = await activities.timeline(conn, lead_id=lead.id, limit=LINES + 1, before=below)
        contact = await contacts.get(conn, lead.contact_id) if lead.contact_id else None
        company = await companies.get(conn, lead.company_id) if lead.company_id else None
        owner = await auth.find(conn, lead.owner_id) if lead.owner_id else None
        way = await prev_next.walk(conn, request, lead)
    today = clock.today(zone)
    return views.page(
        request, "leads/show.html", block="record", status=status, lead=lead, contact=contact, company=company,
        owner=owner, days=activities.by_day(lines[:LINES], zone), newest=lines[0].id if lines else 0,
        earlier=f"/leads/{lead.id}?before={lines[LINES - 1].id}" if len(lines) > LINES else "", today=today,
        late=lead.next_action_on is not None and lead.next_action_on < today, stages=STAGES, label_of=label_of,
        way=way, step=step.values if step else {"next_action": lead.next_action, "next_action_on": lead.next_action_on},
        faults=step.faults if step else {},
    )  # fmt: skip


def _here(request: Request) -> str:
    """The record, in the list it was opened from."""
    return f"/leads/{request.id}{prev_next.query_of(request)}"


def _ask_why(request: Request, lead: Lead, status: int = 200, fault: str = "") -> Response:
    faults = {"lost_reason": fault} if fault else {}
    return views.page(request, "leads/lost.html", block="content", status=status, lead=lead, faults=faults,
        query=prev_next.query_of(request),
    )  # fmt: skip


def _moved_meanwhile(request: Request, lead: Lead, wish: edits.MoveLead) -> Response:
    return views.page(request, "leads/moved.html", block="content", status=409, lead=lead, wish=wish,
        query=prev_next.query_of(request),
    )  # fmt: skip
