"""The status and the next step of a lead, on its page."""

from __future__ import annotations

from typing import Any

import msgspec
from msgspec import UNSET
from starlette.responses import Response

from crm.accounts import form_choices
from crm.kernel import views
from crm.kernel.http import forms
from crm.kernel.http.forms import Draft
from crm.kernel.http.request import Request
from crm.records import stages, tasks
from crm.records.base import controls, labels
from crm.records.common import list_query, page_to_show, render_detail
from crm.records.leads import actions, board_queries, moves
from crm.records.leads.api import RECORD
from crm.records.leads.forms import ChangeLead, MoveCard, MoveLead, NextStep, WinLead, compose_reason
from crm.records.leads.models import ASK_AGAIN, LOST_REASONS, Lead
from crm.records.leads.pages import PAGES


async def move(request: Request) -> Response:
    """Change the stage. Lost without a reason asks for one."""
    draft = await forms.draft(request, MoveLead)
    if draft.form is None and draft.errors.keys() & {"lost_reason", "lost_choice", "ask_again_on"}:
        async with request.db.connection() as conn:
            lead = await actions.get(conn, request.id)
        return _ask_why(request, lead, draft)
    return await _move(request, request.id, draft)


async def move_on_board(request: Request) -> Response:
    """Move a card of the board: to a stage, and to a place in it."""
    draft = await forms.draft(request, MoveCard)
    return await _move(request, draft.form.lead_id if draft.form else 0, draft)


async def choose_move(request: Request) -> Response:
    """Choose a stage or a place for a card: what the menu of the board offers, as a page."""
    back = page_to_show(dict(request.asked).get("back", ""), "/pipeline")
    async with request.db.connection() as conn:
        lead = await actions.get(conn, request.id)
        above, below = await board_queries.find_neighbors(conn, lead) if not lead.closed else (None, None)
    targets = [(stage.key, stage.name) for stage in stages.current().open if stage.key != lead.status]
    places = [(above, "Up")] if above is not None else []
    places += [(below, "Down")] if below is not None else []
    return _page(request, "leads/move.html", lead, targets=targets, places=places, back=back)


async def _move(request: Request, lead_id: int, draft: Draft[Any]) -> Response:
    form = draft.require_form()
    async with request.db.transaction() as conn:
        lead = await actions.lock(conn, lead_id)
        if lead.status not in (form.was, form.status):
            return _refuse(request, lead, form)
        reason = compose_reason(form.lost_choice, form.lost_reason)
        if form.status == stages.LOST and not (reason or lead.lost_reason):
            draft.add_error("lost_choice", "Choose why it was lost, or say it in a few words.")
            return _ask_why(request, lead, draft)
        change = ChangeLead(
            status=form.status, lost_reason=reason or UNSET,
            next_action=ASK_AGAIN if form.ask_again_on else UNSET, next_action_on=form.ask_again_on or UNSET,
        )  # fmt: skip
        moved = await moves.move_card(conn, lead, change, by=request.actor, after_id=getattr(form, "after", None))
    return _answer_move(request, form.back, moved, lead)


async def ask_lost_reason(request: Request) -> Response:
    """Ask why it was lost, and when to ask again."""
    async with request.db.connection() as conn:
        lead = await actions.get(conn, request.id)
    draft: Draft[MoveLead] = Draft({"back": dict(request.asked).get("back", "")})
    return _ask_why(request, lead, draft)


async def ask_win(request: Request) -> Response:
    """Ask what it is worth, when the work starts and where the lead came from."""
    async with request.db.connection() as conn:
        lead = await actions.get(conn, request.id)
    values = {
        "value": f"{lead.value:.2f}".removesuffix(".00"),
        "starts_on": lead.starts_on, "source": msgspec.structs.asdict(lead)["source"],
        "back": dict(request.asked).get("back", ""),
    }  # fmt: skip
    return _ask_win(request, lead, Draft(values))


async def win(request: Request) -> Response:
    """Move the lead to Won, with what is known then."""
    draft = await forms.draft(request, WinLead)
    form = draft.form
    async with request.db.transaction() as conn:
        lead = await actions.lock(conn, request.id)
        if form is None:
            return _ask_win(request, lead, draft)
        if lead.status not in (form.was, stages.WON):
            return _refuse(request, lead, MoveLead(status=stages.WON, was=form.was, back=form.back))
        change = ChangeLead(status=stages.WON, value=form.value, starts_on=form.starts_on, source=form.source)
        with draft.collect_errors():
            moved = await moves.move_card(conn, lead, change, by=request.actor)
            return _answer_move(request, form.back, moved, lead)
    return _ask_win(request, lead, draft)


async def set_next_step(request: Request) -> Response:
    """Set the next step, unless somebody else has set another since the page was shown."""
    draft = await forms.draft(request, NextStep)
    form = draft.form
    async with request.db.transaction() as conn:
        lead = await actions.lock(conn, request.id)
        if form is not None and lead.next_action in (form.was, form.next_action):
            step = ChangeLead(next_action=form.next_action, next_action_on=form.next_action_on)
            await actions.change(conn, lead, step, by=request.actor)
            return views.redirect_with_toast(page_to_show(form.back, _url(request, request.id)))
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
        return views.redirect_with_toast(_url(request, request.id), "There was nothing left to do.")
    return views.redirect_with_toast(tasks.ask_next(_url(request, request.id), done), f"Done: {done.title}")


def _answer_move(request: Request, back: str, moved: Lead, before: Lead) -> Response:
    name = stages.current().name_of(moved.status)
    message = f"Moved to {name}." if moved.status != before.status else f"Moved within {name}."
    return views.redirect_with_toast(page_to_show(back, _url(request, moved.id)), message)


def _refuse(request: Request, lead: Lead, form: MoveLead) -> Response:
    """Somebody else was first: the board shows where the lead is, a page asks what is right."""
    if request.swaps and form.back.startswith("/pipeline"):
        name = stages.current().name_of(lead.status)
        return views.redirect_with_toast(
            page_to_show(form.back, "/pipeline"), f"Not moved: somebody else has just moved {lead.title} to {name}."
        )
    return _page(request, "leads/moved.html", lead, status=409, form=form)


def _ask_why(request: Request, lead: Lead, draft: Draft[MoveLead]) -> Response:
    return _page(
        request, "leads/lost.html", lead, draft=draft,
        reasons=[(each, each) for each in LOST_REASONS],
        back=page_to_show(draft.values.get("back", ""), _url(request, lead.id)),
    )  # fmt: skip


def _ask_win(request: Request, lead: Lead, draft: Draft[Any]) -> Response:
    return _page(
        request, "leads/won.html", lead, draft=draft,
        controls=controls(WinLead, ("value", "starts_on", "source")), labels=labels(WinLead),
        choices_of={"source": form_choices.current().list_options("source", draft.values.get("source") or "")},
        back=page_to_show(draft.values.get("back", ""), _url(request, lead.id)),
    )  # fmt: skip


def _url(request: Request, lead_id: int) -> str:
    """The lead, in the list it was opened from."""
    return f"/leads/{lead_id}{list_query(RECORD, request)}"


def _page(request: Request, template: str, lead: Lead, status: int | None = None, **values: Any) -> Response:
    return views.page(
        request, template, block="content", status=status, lead=lead,
        list_query=list_query(RECORD, request), **values,
    )  # fmt: skip
