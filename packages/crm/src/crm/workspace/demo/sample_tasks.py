"""Sample tasks in every state: overdue, today, with a time, this week, later, without a date, repeating and done."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import msgspec

from crm.kernel import clock
from crm.kernel.actor import Actor
from crm.kernel.db import Connection
from crm.records import tasks
from crm.records.leads import Lead
from crm.records.tasks import NewTask, Task
from crm.workspace.demo import working_hours


async def create_tasks(connection: Connection, now: datetime, zone: ZoneInfo, leads: list[Lead], by: Actor) -> None:
    """Add the tasks, for some of these leads, their contacts and companies, and for nobody. Nobody is reminded."""
    today = now.astimezone(zone).date()
    with clock.at(working_hours.latest(now - timedelta(days=2), zone)):
        added = [
            await tasks.create(connection, form, by=by, demo=True)
            for form in _list_forms(today, leads, by.id if by.kind == "person" else None)
        ]
    for task in added:
        if task.title.startswith(("Send the slides", "Renew")):
            await _finish(connection, task, working_hours.latest(now - timedelta(hours=20), zone), by)


def _list_forms(today: date, leads: list[Lead], assignee_id: int | None) -> list[NewTask]:
    def on(days: int) -> date:
        return tasks.find_working_day(today + timedelta(days=days))

    first, second, third = leads[:3]
    forms = [
        NewTask("Ask for access to the staging server", on(-3), lead_id=first.id),
        NewTask("Read their requirements", today, lead_id=second.id),
        NewTask("Call about the start date", today, "16:30", contact_id=third.contact_id),
        NewTask("Prepare the workshop", on(2), "09:00", lead_id=third.id, note="Two hours, four people, on site."),
        NewTask("Ask how the first month went", on(9), company_id=second.company_id),
        NewTask("Look for a second office"),
        NewTask("Send invoices", on(4), recurrence="FREQ=MONTHLY"),
        NewTask("Plan the week", on(3), "09:00", "FREQ=WEEKLY;BYDAY=MO"),
        NewTask("Send the slides of the talk", on(-2), contact_id=first.contact_id),
        NewTask("Renew the certificate", on(-1), recurrence="FREQ=YEARLY"),
    ]
    return [msgspec.structs.replace(form, assignee_id=assignee_id) for form in forms]


async def _finish(connection: Connection, task: Task, at: datetime, by: Actor) -> None:
    with clock.at(at):
        await tasks.complete(connection, task, by=by)
