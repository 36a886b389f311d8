"""The pages of tasks, and the buttons that finish, put off and delete one."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from crm.accounts import auth, working_hours
from crm.kernel import clock, views
from crm.kernel.actor import Actor
from crm.kernel.db import Connection
from crm.kernel.http import forms
from crm.kernel.http.request import Request
from crm.records import related
from crm.records.base import PLACES
from crm.records.common import Choices, RecordPages, Values, page_to_show, read_fields, read_whose, remember_whose
from crm.records.tasks import actions, queries
from crm.records.tasks.api import RECORD
from crm.records.tasks.forms import FIELDS, Back, ChangeTask, ComposeTask, EditTask, SnoozeForm, TabQuery
from crm.records.tasks.models import Task
from crm.records.tasks.panel import ask_next, read_finished, read_form
from crm.records.tasks.queries import TABLE
from crm.records.tasks.recurrence import PRESETS, describe_rule
from crm.records.tasks.snooze import snooze_to
from crm.values.formats import format_weekday

TABS = (("today", "Today"), ("week", "This week"), ("later", "Later"), ("done", "Done"))


async def show_list(request: Request) -> Response:
    """The tasks of one tab, mine or everybody's."""
    query = forms.parse_query(request, TabQuery)
    whose = read_whose(request)
    assignee_id = request.actor.id if whose == "mine" else None
    today = clock.today(views.layout_context(request).time_zone)
    async with request.db.connection() as conn:
        where = queries.tab_where(query.tab, today, assignee_id)
        sort = "-done_at" if query.tab == "done" else "due"
        page = await TABLE.page(conn, where, sort=sort, cursor=query.cursor)
        counts = await queries.count_tabs(conn, today, assignee_id)
        places = await related.read_task_places(conn, [task.id for task in page.data])
        form = await read_form(conn, request)
        finished = await read_finished(conn, request)
    response = views.page(
        request, "tasks/list.html", page=page, counts=counts, places=places, tabs=TABS, tab=query.tab, whose=whose,
        today=today, task_form=form, finished=finished, back=f"/tasks?tab={query.tab}",
        describe_rule=describe_rule,
    )  # fmt: skip
    return remember_whose(request, response, whose)


async def show(request: Request) -> Response:
    """One task."""
    async with request.db.connection() as conn:
        task = await actions.get(conn, request.id)
        places = await related.read_task_places(conn, [task.id])
        form = await read_form(conn, request)
    today = clock.today(views.layout_context(request).time_zone)
    return views.page(
        request, "tasks/show.html", task=task, place=places.get(task.id, ""), today=today, task_form=form,
        describe_rule=describe_rule,
    )  # fmt: skip


async def complete(request: Request) -> Response:
    """Complete a task. The page that it was done on asks what is next."""
    back = await _read_back(request)
    async with request.db.transaction() as conn:
        task = await actions.lock(conn, request.id)
        await actions.complete(conn, task, by=request.actor)
    return views.redirect_with_toast(ask_next(back, task), f"Done: {task.title}")


async def reopen(request: Request) -> Response:
    """Take it back that a task is done."""
    async with request.db.transaction() as conn:
        task = await actions.lock(conn, request.id)
        await actions.reopen(conn, task, by=request.actor)
    return views.redirect_with_toast(task.place_url or "/tasks", f"Open again: {task.title}")


async def snooze(request: Request) -> Response:
    """Move a task to another day."""
    draft = await forms.draft(request, SnoozeForm)
    form = draft.form or SnoozeForm()
    today = clock.today(views.layout_context(request).time_zone)
    async with request.db.transaction() as conn:
        hours = await working_hours.read(conn, request.actor.id)
        on = snooze_to(form.when, today, hours.working_days)
        task = await actions.lock(conn, request.id)
        await actions.change(conn, task, ChangeTask(due_on=on), by=request.actor)
    return views.redirect_with_toast(page_to_show(form.back, "/tasks"), f"Snoozed until {format_weekday(on)}")


async def delete(request: Request) -> Response:
    """Delete a task. The toast that follows offers to undo it."""
    back = await _read_back(request)
    async with request.db.transaction() as conn:
        task = await actions.lock(conn, request.id)
        await actions.delete(conn, task, by=request.actor)
    return views.redirect_with_toast(back, f"Deleted: {task.title}")


async def _read_back(request: Request) -> str:
    draft = await forms.draft(request, Back)
    return page_to_show(draft.form.back if draft.form else "-", "/tasks")


async def _new_values(_: Connection, request: Request) -> Values:
    return {"assignee_id": request.actor.id}


async def _read_form(_: Connection, form: Any, __: Task | None, ___: Actor) -> Values:
    return {name: value for name, value in read_fields(form).items() if name != "back"}


async def _list_choices(conn: Connection) -> Choices:
    return {"assignee_id": [(user.id, user.name) for user in await auth.list_assignable(conn)]}


def _list_rules(values: Values) -> Choices:
    """The rules that a form offers, and the one that the task has."""
    rule = values.get("recurrence", "")
    known = rule in dict(PRESETS)
    try:
        current = [] if known or not rule else [(rule, describe_rule(rule))]
    except (KeyError, ValueError):
        current = [(rule, rule)]
    return {"recurrence": [*current, *PRESETS]}


async def _no_values(*_: Any) -> Values:
    return {}


PAGES = RecordPages(
    record=RECORD, url="/tasks", heading="Tasks", heading_field="title", new_form=ComposeTask, edit_form=EditTask,
    fields=FIELDS, preset=("title", "due_on", *PLACES, "back"), detail_values=_no_values,
    new_values=_new_values, read_form=_read_form, choices=_list_choices, value_choices=_list_rules,
)  # fmt: skip
