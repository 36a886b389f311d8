"""The page the day begins with."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

import msgspec
from starlette.responses import Response

from crm import demo, leads, settings
from crm.kernel import clock, views
from crm.kernel.http import forms
from crm.kernel.http.request import ANY_VERSION, Request
from crm.today import queries
from crm.today.formatting import format_wait, span
from crm.today.models import Card, Pile

MOST_CARDS = 8
QUIET_AFTER = timedelta(days=14)
WEEK = timedelta(days=7)


class Snooze(msgspec.Struct, frozen=True):
    """For how many days a lead may rest."""

    days: Annotated[int, msgspec.Meta(ge=1, le=90)] = 1


async def show(request: Request) -> Response:
    """At most eight cards, and honest links to the rest."""
    now = clock.now()
    async with request.db.connection() as conn:
        context = await settings.read(conn)
        today = clock.today(context.time_zone)
        waiting = await queries.waiting(conn, MOST_CARDS)
        due = await queries.due(conn, today, MOST_CARDS)
        quiet = await queries.quiet(conn, now - QUIET_AFTER, MOST_CARDS)
        week = await queries.week(conn, now - WEEK)
        steps = await queries.steps(conn)
        invented = await demo.count(conn)
    cards = (waiting.cards + due.cards + quiet.cards)[:MOST_CARDS]
    return views.page(
        request, "today/today.html", cards=cards, hidden=_hidden(cards, waiting, due, quiet),
        sentence=_sentence(waiting, due, quiet), week=week, week_start=(now - WEEK).date().isoformat() + "T00:00:00Z",
        steps=steps, today=today, currency=context.currency, demo_count=invented,
        site_url=request.app_context.config.site_url, span=span, waited=format_wait,
    )  # fmt: skip


async def complete_next_action(request: Request) -> Response:
    """The next action is done; the lead's page is where the one after it is set."""
    async with request.db.transaction() as conn:
        lead = await leads.lock(conn, request.id, ANY_VERSION)
        await leads.finish(conn, lead, by=request.actor)
    return views.redirect_with_toast(
        "/", f"Done: {lead.next_action}" if lead.next_action else "There was nothing left to do."
    )


async def snooze(request: Request) -> Response:
    """Put the lead off: its next action moves, or one is set, and it comes back on that day."""
    draft = await forms.draft(request, Snooze)
    days = draft.form.days if draft.form else 1
    async with request.db.transaction() as conn:
        lead = await leads.lock(conn, request.id, ANY_VERSION)
        context = await settings.read(conn)
        on = clock.today(context.time_zone) + timedelta(days=days)
        action = lead.next_action or ("Answer the enquiry" if lead.status == "new" else "Check in")
        await leads.change(conn, lead, leads.ChangeLead(next_action=action, next_action_on=on), by=request.actor)
    return views.redirect_with_toast("/", f"{lead.name} comes back on {on:%-d %b}.")


async def remove_demo(request: Request) -> Response:
    """Take the sample data away."""
    async with request.db.transaction() as conn:
        removed = await demo.remove(conn)
    return views.redirect_with_toast("/", f"Removed {views.plural(removed, 'sample lead')}.")


def _sentence(waiting: Pile, due: Pile, quiet: Pile) -> str:
    parts = []
    if waiting.total:
        parts.append(views.plural(waiting.total, "enquiry waits", "enquiries wait") + " for an answer")
    if due.total:
        parts.append(views.plural(due.total, "next step is due", "next steps are due"))
    if quiet.total:
        parts.append(views.plural(quiet.total, "lead has gone quiet", "leads have gone quiet"))
    if not parts:
        return "Nothing needs you right now."
    return (", ".join(parts[:-1]) + " and " if len(parts) > 1 else "") + parts[-1] + "."


def _hidden(cards: list[Card], waiting: Pile, due: Pile, quiet: Pile) -> list[tuple[str, str]]:
    """What did not fit, each with the list that shows it."""
    listed = (
        ("waiting", waiting, "enquiry", "enquiries", "/leads?status=new&sort=created_at"),
        ("due", due, "next step", "next steps", "/leads?has_next_action=true&sort=updated_at"),
        ("quiet", quiet, "quiet lead", "quiet leads", "/leads?has_next_action=false&sort=-value"),
    )
    rest = []
    for why, pile, one, many, href in listed:
        left = pile.total - sum(card.why == why for card in cards)
        if left > 0:
            rest.append((f"{left:,} more {one if left == 1 else many}", href))
    return rest
