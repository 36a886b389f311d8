"""Undoes change sets, and describes them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from typing import Any

import msgspec

from crm.accounts import permissions
from crm.accounts.permissions import Permission, Role
from crm.kernel import clock
from crm.kernel.actor import Actor
from crm.kernel.db import Connection
from crm.kernel.errors import AppError, ConflictError, NotFoundError, ValidationError
from crm.records import (
    activities,
    change_sets,
    companies,
    contacts,
    email_templates,
    files,
    leads,
    saved_views,
    tags,
    tasks,
    trash,
)
from crm.records.base import Undoable, labels
from crm.records.change_sets import Change, ChangeSet
from crm.workspace import bulk_changes, form, pipeline, reminders, tagging
from crm.workspace.bulk_changes import BulkChange, ChangeRow, Outcome
from crm.workspace.undo.formatting import format_value
from crm.workspace.undo.models import (
    Choice,
    FieldChange,
    ShownChange,
    UndoConflict,
    UndoConflictsError,
    UndoResult,
)
from crm.workspace.undo.urls import find_url

RECORDS: Mapping[str, Undoable] = {
    record.noun: record
    for record in (
        leads.UNDOABLE, contacts.UNDOABLE, companies.PAGES.record, tasks.PAGES.record, activities.RECORD,
        files.RECORD, email_templates.RECORD, tags.UNDOABLE, saved_views.UNDOABLE, pipeline.STAGE_RECORD,
        reminders.UNDOABLE, form.UNDOABLE,
    )
}  # fmt: skip
JOB = "undo_change_set"
_ROWS = """
    SELECT max(id), jsonb_build_object('noun', noun, 'record_id', record_id)
    FROM changes
    WHERE change_set_id = $1
    GROUP BY noun, record_id
"""
"""The records of a change set. The job begins with the one that was changed last."""


async def lock(connection: Connection, change_set_id: int, by: Actor) -> ChangeSet:
    """The change set, locked. Raises `NotFoundError`, also if `by` does not see it."""
    found = await change_sets.lock(connection, change_set_id, by)
    if found is None:
        raise NotFoundError(f"There is no such change. Changes can be undone for {change_sets.UNDO_PERIOD.days} days.")
    return found


async def undo(
    connection: Connection,
    change_set_id: int,
    choices: Mapping[str, Choice],
    *,
    by: Actor,
    role: Role,
    default: Choice = "ask",
) -> UndoResult:
    """Put back what the change set changed. `choices` says what to do about each conflict, else `default` does.

    Raises `NotFoundError`, `ForbiddenError` if `role` may not change such records, `ConflictError` if it was undone
    before, and `UndoConflictsError` if a choice is missing. Then the caller's transaction must roll back.
    """
    await _lock_open(connection, change_set_id, by, role)
    changes = await change_sets.list_changes(connection, change_set_id)
    run = _Run(connection, choices, default, by)
    for change in reversed(changes):
        await run.undo_change(change)
    if run.open_conflicts:
        raise UndoConflictsError(run.open_conflicts)
    await change_sets.mark_undone(connection, change_set_id, by.name, clock.now())
    return UndoResult(run.undone, len(run.left))


async def start_undo(
    connection: Connection, change_set_id: int, *, by: Actor, role: Role, default: Choice = "keep"
) -> BulkChange | None:
    """Let a job undo a large change set. None for one that `undo` undoes at once. Raises as `undo` does.

    What was changed since is left out and named, unless `default` is to restore it.
    """
    change_set = await _lock_open(connection, change_set_id, by, role)
    if change_set.size <= bulk_changes.AT_ONCE:
        return None
    await change_sets.mark_undone(connection, change_set_id, by.name, clock.now())
    value = {"change_set_id": change_set_id, "conflicts": "restore" if default == "restore" else "keep"}
    return await bulk_changes.start_rows(
        connection, JOB, "change", "undo", value, rows=_ROWS, values=[change_set_id], by=by
    )


async def undo_rows(connection: Connection, change: BulkChange, rows: Sequence[ChangeRow], by: Actor) -> list[Outcome]:
    """Undo what a large change set changed of these records."""
    outcomes = []
    for row in rows:
        run = _Run(connection, {}, change.value["conflicts"], by)
        record = row.before["noun"], row.before["record_id"]
        for each in reversed(await change_sets.list_changes_of(connection, change.value["change_set_id"], *record)):
            await run.undo_change(each)
        state = "failed" if run.left else "done" if run.undone else "skipped"
        outcomes.append((row.record_id, state, _join_reasons(run.left)[:300]))
    return outcomes


async def _lock_open(connection: Connection, change_set_id: int, by: Actor, role: Role) -> ChangeSet:
    """The change set, locked. Raises as `undo` does if it cannot be undone now."""
    change_set = await lock(connection, change_set_id, by)
    if change_set.undone_at is not None:
        raise ConflictError(f"{change_set.undone_by} has already undone this.")
    if await bulk_changes.is_running(connection, change_set_id):
        raise ConflictError("This change is still running. Undo it once it is done.")
    for noun in await change_sets.list_nouns(connection, change_set_id):
        permissions.check(role, find_permission(noun))
    return change_set


async def undo_change(connection: Connection, change: Change, *, by: Actor) -> str:
    """Undo one change as far as nothing was changed since. Returns what stays and why; empty if nothing does."""
    run = _Run(connection, {}, "ask", by)
    await run.undo_change(change)
    return _join_reasons(run.open_conflicts)


def _join_reasons(conflicts: Iterable[UndoConflict]) -> str:
    """Why something stays, with the field that it is about."""
    return " ".join(f"{each.label.capitalize()}: {each.reason}" if each.label else each.reason for each in conflicts)


async def describe(connection: Connection, changes: Iterable[Change]) -> list[ShownChange]:
    """The changes with the labels and texts of their fields."""
    shown = []
    for change in changes:
        names = labels(RECORDS[change.noun].changes) if change.noun in RECORDS else {}
        fields = [
            FieldChange(
                names[name], await format_value(connection, change, name, change.before.get(name)),
                await format_value(connection, change, name, change.after.get(name)),
            )
            for name in names
            if name in change.after
        ] if change.verb == "changed" else []  # fmt: skip
        shown.append(ShownChange(change, find_url(change.noun, change.record_id), fields))
    return shown


def find_permission(noun: str) -> Permission:
    """The right that undo of such a record needs. After a rollback there may be records of a newer release."""
    return RECORDS[noun].permission if noun in RECORDS else "manage"


class _Run:
    """One run of undo: what it is told to do about conflicts, and what has come of it."""

    def __init__(self, connection: Connection, choices: Mapping[str, Choice], default: Choice, by: Actor) -> None:
        self._connection, self._choices, self._default, self._by = connection, choices, default, by
        self.open_conflicts: list[UndoConflict] = []
        self.left: list[UndoConflict] = []
        self.undone = 0

    async def undo_change(self, change: Change) -> None:
        """Undo one change."""
        record = RECORDS.get(change.noun)
        if record is None:
            reason = "A newer release has recorded this. It can undo it."
            self._may_restore(_conflict(change, reason=reason, can_restore=False))
        elif change.verb == "deleted":
            await self._try(change, lambda: self._restore(change, record))
        elif change.verb == "changed":
            await self._put_back(change, record)
        elif (delete := record.delete) is not None:
            current = await record.table.find(self._connection, change.record_id, lock=True)
            reason = "Somebody has changed it since. Undoing deletes it with that change."
            if current is None:
                return
            is_changed = current.version != change.after["version"]
            if change.noun == "tag" and not is_changed:
                counts = await tagging.count_tagged(self._connection, await tags.read_tags(self._connection))
                is_changed, reason = bool(counts[current.id]), "Records have it. Undoing takes it off them."
            if not is_changed or self._may_restore(_conflict(change, reason=reason)):
                await self._try(change, lambda: delete(self._connection, current, by=self._by))

    async def _put_back(self, change: Change, record: Undoable) -> None:
        """Put the fields of a record back that nobody has changed since, or that somebody chose to put back."""
        current = await record.table.find(self._connection, change.record_id, lock=True)
        if current is None:
            self._may_restore(_conflict(change, reason="It was deleted since. Restore it first.", can_restore=False))
            return
        names = labels(record.changes)
        values: dict[str, Any] = {}
        for field in record.changes.__struct_fields__:
            if field not in change.before:
                continue
            if field not in change.after:  # It goes back together with another field.
                if values:
                    values[field] = change.before[field]
                continue
            now = msgspec.json.decode(msgspec.json.encode(getattr(current, field, None)))
            if now == change.before[field]:
                continue
            if now != change.after[field]:
                before, text = [
                    await format_value(self._connection, change, field, each) for each in (change.before[field], now)
                ]
                conflict = _conflict(
                    change, field=field, label=names.get(field, field), before=before, current=text,
                    reason="Somebody has changed this since.",
                )  # fmt: skip
                if not self._may_restore(conflict):
                    continue
            values[field] = change.before[field]
        if values:
            form = msgspec.convert(values, record.changes, strict=False)
            await self._try(change, lambda: record.change(self._connection, current, form, by=self._by))

    async def _restore(self, change: Change, record: Undoable) -> None:
        if record.restore is not None:
            await record.restore(self._connection, change.record_id, by=self._by)
        else:
            await trash.put_back(self._connection, record.table.table, [change.before])

    def _may_restore(self, conflict: UndoConflict) -> bool:
        """Whether to overwrite a later change, as somebody chose. Otherwise it stays, or the choice is still open."""
        choice = self._choices.get(conflict.key, self._default)
        if choice == "ask":
            self.open_conflicts.append(conflict)
        elif choice == "keep" or not conflict.can_restore:
            self.left.append(conflict)
        else:
            return True
        return False

    async def _try(self, change: Change, work: Callable[[], Awaitable[Any]]) -> None:
        """Do one step. What stops it is a conflict, and the other steps go on."""
        try:
            async with self._connection.transaction():
                await work()
            self.undone += 1
        except AppError as error:
            messages = [each.message for each in error.errors] if isinstance(error, ValidationError) else []
            reason = " ".join(messages) or error.detail
            self._may_restore(_conflict(change, reason=reason, can_restore=False))


def _conflict(change: Change, **more: Any) -> UndoConflict:
    values = {"field": "", "label": "", "before": "", "current": "", "can_restore": True, **more}
    return UndoConflict(noun=change.noun, record_id=change.record_id, name=change.name, **values)
