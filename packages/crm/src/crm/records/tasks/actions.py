"""What happens to tasks."""

from __future__ import annotations

from datetime import date, time
from typing import Any

import msgspec
from msgspec import UNSET

from crm.accounts import auth, settings
from crm.kernel import clock, events
from crm.kernel.actor import Actor
from crm.kernel.db import Connection
from crm.kernel.errors import FieldError, ValidationError
from crm.kernel.http.paging import Where
from crm.records import activities, change_sets
from crm.records.base import PLACE_FILTERS, PLACES, labels
from crm.records.related import check_references
from crm.records.tasks import queries
from crm.records.tasks.forms import NewTask, TaskFilter
from crm.records.tasks.models import EVENTS, Task
from crm.records.tasks.queries import DONE, OPEN, TABLE
from crm.records.tasks.recurrence import find_next, normalize_rule

LABELS = labels(NewTask)
_CONDITIONS = PLACE_FILTERS | {
    "assignee_id": "assignee_id = ANY({})",
    "due_from": "due_on >= {}",
    "due_to": "due_on <= {}",
}
get, lock = TABLE.get, TABLE.lock


async def create(connection: Connection, form: NewTask, *, by: Actor, demo: bool = False) -> Task:
    """Add a task.

    Raises `ValidationError` for a record that does not exist, an assignee who cannot work, or a rule nobody can read.
    """
    values = {name: getattr(form, name) for name in NewTask.__struct_fields__}
    await _check(connection, values)
    task = await queries.insert(connection, _to_columns(values) | {"demo": demo})
    assert task is not None, "A task that repeats none is always added."
    await _record(connection, task, f"{by.name} added the task: {task.title}", by)
    await events.publish(connection, EVENTS.build("created", task, by))
    return task


async def change(connection: Connection, task: Task, form: Any, *, by: Actor) -> Task:
    """Change a task that `lock` returned; `done` completes or reopens it. Raises `ValidationError` as `create` does."""
    done = getattr(form, "done", UNSET)
    values = {
        name: value
        for name in NewTask.__struct_fields__
        if (value := getattr(form, name, UNSET)) is not UNSET and value != getattr(task, name)
    }
    if values:
        changed = [*values]
        await _check(connection, values, task)
        updated = await TABLE.update(connection, task, _to_columns(values))
        described = {name: LABELS[name] for name in changed if name in LABELS}
        if described:
            changes = await activities.describe_changes(connection, task, updated, described)
            await _record(connection, updated, f"{by.name} changed the task “{task.title}”: {changes}.", by)
        await events.publish(connection, EVENTS.build("changed", updated, by, changed=changed))
        task = updated
    if done is not UNSET and done != (task.done_at is not None):
        return await (complete if done else reopen)(connection, task, by=by)
    return task


async def complete(connection: Connection, task: Task, *, by: Actor, called: str = "task") -> Task:
    """Complete a task, and add the next one of a series. A completed task stays as it is."""
    if task.done_at is not None:
        return task
    published = []
    if task.recurrence and task.due_on:
        today = clock.today((await settings.read(connection)).time_zone)
        next_on = find_next(task.recurrence, task.due_on, max(task.due_on, today))
        copied = {name: getattr(task, name) for name in NewTask.__struct_fields__} | {"due_on": next_on}
        values = _to_columns(copied) | {"repeats_id": task.id, "demo": task.demo}
        # It comes before the change in the change set, so that undo reopens the task first, which removes this one.
        if next_on and (repeated := await queries.insert(connection, values)):
            published.append(EVENTS.build("created", repeated, by))
    done = await TABLE.update(connection, task, {"done_at": clock.now()})
    await _record_done(connection, done)
    await _record(connection, done, f"{by.name} finished the {called}: {task.title}", by)
    await events.publish(connection, EVENTS.build("changed", done, by, changed=["done_at"]), *published)
    return done


async def reopen(connection: Connection, task: Task, *, by: Actor) -> Task:
    """Take it back that a task is done, and the next one of its series unless that has been changed since."""
    if task.done_at is None:
        return task
    repeated = await queries.find_repeated(connection, task.id)
    published = []
    if repeated is not None and repeated.version == 1:
        await TABLE.delete(connection, repeated.id)
        published.append(EVENTS.build("deleted", repeated, by))
    opened = await TABLE.update(connection, task, {"done_at": None})
    await _record_done(connection, opened)
    await _record(connection, opened, f"{by.name} reopened the task: {task.title}", by)
    await events.publish(connection, *published, EVENTS.build("changed", opened, by, changed=["done_at"]))
    return opened


async def delete(connection: Connection, task: Task, *, by: Actor) -> None:
    """Delete a task. `restore` brings it back for 30 days."""
    # The task before it in its series can be followed by another one.
    deleted = await TABLE.hide(connection, task, {"repeats_id": None})
    await _record(connection, deleted, f"{by.name} deleted the task: {task.title}", by)
    await events.publish(connection, EVENTS.build("deleted", deleted, by))


async def restore(connection: Connection, task_id: int, *, by: Actor) -> Task:
    """Restore a deleted task. Raises `NotFoundError`."""
    task = await TABLE.bring_back(connection, task_id)
    await _record(connection, task, f"{by.name} restored the task: {task.title}", by)
    await events.publish(connection, EVENTS.build("restored", task, by))
    return task


async def record_step(connection: Connection, lead_id: int, before: Task | None) -> None:
    """Let undo know what a change of a lead's next step did to its first task, which was `before`."""
    after = await TABLE.find(connection, before.id) if before else await queries.find_first(connection, lead_id)
    if before is None and after is not None:
        await change_sets.record_whole(connection, TABLE.noun, "created", after)
    elif before is not None and after is None:
        await change_sets.record_whole(connection, TABLE.noun, "deleted", before)
    elif before is not None:
        await change_sets.record_update(
            connection, TABLE.noun, before, after, ("title", "due_on", "due_time", "recurrence")
        )


async def apply_filters(_: Connection, query: TaskFilter) -> Where:
    """The conditions of a list."""
    where = Where(["deleted_at IS NULL" if query.done is None else DONE if query.done else OPEN])
    where.add_given(query, _CONDITIONS)
    if query.sort.removeprefix("-") == "done_at":
        where.conditions.append("done_at IS NOT NULL")
    return where


async def _check(connection: Connection, values: dict[str, Any], task: Task | None = None) -> None:
    """Check the values of a task that change, and give a recurrence its stored form."""
    after = (msgspec.structs.asdict(task) if task else {}) | values
    errors = []
    due_on: date | None = after["due_on"]
    if due_on is None and after["due_time"]:
        errors.append(FieldError("due_on", "Give the day as well as the time."))
    if due_on is None and after["recurrence"]:
        errors.append(FieldError("due_on", "Give the first day of a task that repeats."))
    elif due_on and values.get("recurrence"):
        try:
            values["recurrence"] = normalize_rule(values["recurrence"], due_on)
        except ValueError as error:
            errors.append(FieldError("recurrence", str(error)))
    if sum(after[column] is not None for column in PLACES) > 1:
        errors.append(FieldError("lead_id", "A task is about one lead, contact or company, or about none."))
    assignee_id = values.get("assignee_id")
    if assignee_id is not None and await auth.find_assignable(connection, assignee_id) is None:
        errors.append(FieldError("assignee_id", "This user cannot do tasks. Choose a member or an owner."))
    if errors:
        raise ValidationError(errors)
    await check_references(connection, **{column: values.get(column) for column in PLACES})


def _to_columns(values: dict[str, Any]) -> dict[str, Any]:
    """The values as the table stores them."""
    if "due_time" in values:
        values = values | {"due_time": time.fromisoformat(values["due_time"]) if values["due_time"] else None}
    return values


async def _record_done(connection: Connection, task: Task) -> None:
    """Let undo know that the task was completed or reopened."""
    await change_sets.record(
        connection, "task", task.id, "changed", name=task.title, before={"done": not task.done},
        after={"done": task.done},
    )  # fmt: skip


async def _record(connection: Connection, task: Task, body: str, by: Actor) -> None:
    """Say it in the timeline of the record that the task is about."""
    if task.place:
        await activities.record(
            connection, kind="system", body=body, by=by,
            lead_id=task.lead_id, contact_id=task.contact_id, company_id=task.company_id,
        )  # fmt: skip
