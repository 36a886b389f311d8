"""The Today page: what needs attention now, and the actions on it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from starlette.responses import Response

from crm.accounts import settings, working_hours
from crm.inbound import intake
from crm.kernel import clock, views
from crm.kernel.http import forms
from crm.kernel.http.request import ANY_VERSION, Request
from crm.records import emails, leads, related, tasks
from crm.records.common import read_whose, remember_whose
from crm.values.formats import format_weekday
from crm.workspace import demo
from crm.workspace.today import queries
from crm.workspace.today.formatting import format_duration, format_source, is_overdue
from crm.workspace.today.models import Card, CardGroup, DueTasks

MAX_CARDS = 8
SegmentUrl = Callable[[leads.Segment], str]


async def show(request: Request) -> Response:
    """Show at most eight cards, and link to the lists with the rest.

    New enquiries come first, then next steps that are late or due, quiet leads by value, and the other tasks.
    """
    chosen = read_whose(request)
    owner_id = request.actor.id if chosen == "mine" else None
    segment_url = partial(_segment_url, owner_id)
    async with request.db.connection() as conn:
        config = await settings.read(conn)
        today = clock.today(config.time_zone)
        waiting = await queries.list_waiting(conn, config.time_zone, MAX_CARDS, owner_id)
        due = await queries.list_due(conn, config.time_zone, MAX_CARDS, owner_id)
        quiet = await queries.list_quiet(conn, config.time_zone, config.currency, MAX_CARDS, owner_id)
        week = await queries.read_week(conn, config.time_zone, config.currency, owner_id)
        submissions = await intake.count_submissions(conn)
        mails = await emails.count_in_inbox(conn)
        # Only owners can open the failed notifications.
        is_owner = views.layout_context(request).person.can("manage")
        failed = await queries.count_failed_notifications(conn) if is_owner else 0
        steps = await queries.read_setup_steps(conn)
        cards = (waiting.cards + due.cards + quiet.cards)[:MAX_CARDS]
        due_tasks = await queries.list_due_tasks(conn, today, MAX_CARDS - len(cards), owner_id)
        places = await related.read_task_places(conn, [task.id for task in due_tasks.tasks])
        task_form = await tasks.read_form(conn, request)
        finished = await tasks.read_finished(conn, request)
        open_leads = await leads.find_open_leads(conn, [card.id for card in cards if card.reason == "waiting"])
    response = views.page(
        request, "today/today.html", cards=cards,
        hidden=[*_list_hidden(segment_url, cards, waiting, due, quiet), *_list_hidden_tasks(due_tasks)],
        summary=[*_summarize(segment_url, waiting, due, quiet), *_summarize_tasks(due_tasks, due)], whose=chosen,
        alerts=_list_alerts(submissions, mails, failed), week=week,
        segment_url=segment_url, steps=steps, today=today, open_leads=open_leads,
        site_url=request.app_context.config.site_url, format_duration=format_duration, is_overdue=is_overdue,
        format_source=format_source, due_tasks=due_tasks.tasks, places=places, task_form=task_form, finished=finished,
        describe_rule=tasks.describe_rule,
    )  # fmt: skip
    return remember_whose(request, response, chosen)


def _segment_url(owner_id: int | None, segment: leads.Segment) -> str:
    return leads.segment_url(segment) + (f"&owner_id={owner_id}" if owner_id else "")


async def complete_next_action(request: Request) -> Response:
    """Complete the next step of a lead."""
    async with request.db.transaction() as conn:
        lead = await leads.lock(conn, request.id, ANY_VERSION)
        done = await leads.finish(conn, lead, by=request.actor)
    if done is None:
        return views.redirect_with_toast("/", "This lead had no next step.")
    return views.redirect_with_toast(tasks.ask_next("/", done), f"Done: {done.title}")


async def snooze(request: Request) -> Response:
    """Move the next step of a lead to a later day. A lead without one gets a suitable step."""
    form = (await forms.draft(request, tasks.SnoozeForm)).require_form()
    async with request.db.transaction() as conn:
        lead = await leads.lock(conn, request.id, ANY_VERSION)
        config = await settings.read(conn)
        hours = await working_hours.read(conn, request.actor.id)
        on = tasks.snooze_to(form.when, clock.today(config.time_zone), hours.working_days)
        action = lead.next_action or ("Answer the enquiry" if lead.status == "new" else "Check in")
        await leads.change(conn, lead, leads.ChangeLead(next_action=action, next_action_on=on), by=request.actor)
    return views.redirect_with_toast("/", f"Snoozed until {format_weekday(on)}")


async def remove_demo(request: Request) -> Response:
    """Remove the sample data."""
    async with request.db.transaction() as conn:
        removed = await demo.remove(conn, by=request.actor)
    return views.redirect_with_toast("/", f"Removed {views.plural(removed, 'sample lead')}.")


def _summarize(
    segment_url: SegmentUrl, waiting: CardGroup, due: CardGroup, quiet: CardGroup
) -> list[tuple[str, str, int]]:
    """What needs attention: a text, the list with exactly these leads, and their number."""
    counts: tuple[tuple[leads.Segment, CardGroup, str, str], ...] = (
        ("waiting", waiting, "enquiry to answer", "enquiries to answer"),
        ("due", due, "next step due", "next steps due"),
        ("quiet", quiet, "lead gone quiet", "leads gone quiet"),
    )
    return [
        (views.plural(group.total, one, many), segment_url(segment), group.total)
        for segment, group, one, many in counts
        if group.total
    ]


def _list_alerts(submissions: intake.SubmissionCounts, mails: int, failed: int) -> list[tuple[str, str, int]]:
    """What waits elsewhere: a text, the page that shows it, and the number."""
    held, broken = submissions.quarantined, submissions.failed
    alerts = (
        (f"{held:,} held as possible spam", "/inbox?tab=quarantine", held),
        (f"{views.plural(broken, 'enquiry', 'enquiries')} not processed", "/inbox?tab=failed", broken),
        (f"{views.plural(mails, 'e-mail')} in the inbox", "/inbox?tab=mail", mails),
        (f"{views.plural(failed, 'notification')} failed", "/settings/notifications/failed", failed),
    )
    return [alert for alert in alerts if alert[2]]


def _list_hidden(
    segment_url: SegmentUrl, cards: list[Card], waiting: CardGroup, due: CardGroup, quiet: CardGroup
) -> list[tuple[str, str, int]]:
    """The kinds of which some leads did not fit, each with the list of all."""
    shown = {"waiting": waiting, "due": due, "quiet": quiet}
    return [
        (f"All {text}", url, number)
        for text, url, number in _summarize(segment_url, waiting, due, quiet)
        for reason, group in shown.items()
        if f"segment={reason}&" in url and group.total > sum(card.reason == reason for card in cards)
    ]


def _summarize_tasks(tasks_due: DueTasks, steps: CardGroup) -> list[tuple[str, str, int]]:
    """The tasks that are due, unless the next steps are all of them."""
    if not tasks_due.tasks and tasks_due.total <= steps.total:
        return []
    return [(f"{views.plural(tasks_due.total, 'task')} for today", tasks_due.url, tasks_due.total)]


def _list_hidden_tasks(due: DueTasks) -> list[tuple[str, str, int]]:
    """The page of all tasks that are due, next steps included, unless every one of them is shown."""
    if due.total == len(due.tasks):
        return []
    return [(f"All {views.plural(due.total, 'task')} for today", due.url, due.total)]
