"""The tasks of a record on its page, and the question that follows a task that was just done."""

from __future__ import annotations

from datetime import date

import msgspec

from crm.accounts import auth, working_hours
from crm.kernel import clock, views
from crm.kernel.db import Connection
from crm.kernel.http.request import Request
from crm.records.base import PlaceColumn
from crm.records.tasks import queries
from crm.records.tasks.forms import Snooze as SnoozeChoice
from crm.records.tasks.models import Task
from crm.records.tasks.recurrence import PRESETS, describe_rule
from crm.records.tasks.snooze import list_snooze_choices

MAX_SHOWN = 20


class TaskForm(msgspec.Struct, frozen=True):
    """What pages with tasks show: who can do one, who does a new one at first, when it can repeat or come back."""

    assignees: list[tuple[int, str]]
    assignee_id: int
    names: dict[int, str]
    working_days: tuple[int, ...]
    rules: tuple[tuple[str, str], ...] = PRESETS

    def snooze_choices(self, today: date, due_on: date | None) -> list[tuple[SnoozeChoice, str, date]]:
        """The days to which the person can put a task off."""
        return list_snooze_choices(today, due_on, self.working_days)


class Panel(msgspec.Struct, frozen=True):
    """The open tasks of one record, as far as its page shows them."""

    open: list[Task]
    column: PlaceColumn
    record_id: int
    today: date
    form: TaskForm
    finished: Task | None

    describe_rule = staticmethod(describe_rule)

    @property
    def more(self) -> bool:
        """Whether there are tasks that the page does not show."""
        return len(self.open) == MAX_SHOWN


async def read_panel(connection: Connection, request: Request, column: PlaceColumn, record_id: int) -> Panel:
    """The tasks of a lead, a contact or a company. The next step of a lead is shown by itself."""
    found = await queries.list_of(connection, column, record_id, MAX_SHOWN)
    return Panel(
        open=found[1:] if column == "lead_id" else found,
        column=column,
        record_id=record_id,
        today=clock.today(views.layout_context(request).time_zone),
        form=await read_form(connection, request),
        finished=await read_finished(connection, request),
    )


def ask_next(back: str, task: Task) -> str:
    """The page to go back to, which asks what is next after this task."""
    return f"{back}{'&' if '?' in back else '?'}after={task.id}"


async def read_form(connection: Connection, request: Request) -> TaskForm:
    """What the form of a new task shows, and the names of all users."""
    users = await auth.list_users(connection)
    workers = [(user.id, user.name) for user in users if user.disabled_at is None and user.can("write")]
    hours = await working_hours.read(connection, request.actor.id)
    return TaskForm(workers, request.actor.id or 0, {user.id: user.name for user in users}, hours.working_days)


async def read_finished(connection: Connection, request: Request) -> Task | None:
    """The task that the person has just done, after which the page asks what is next. The URL names it as `after`."""
    after = dict(request.asked).get("after", "")
    if not after.isdigit() or len(after) > 18:
        return None
    task = await queries.TABLE.find(connection, int(after))
    return task if task is not None and task.done_at is not None else None
