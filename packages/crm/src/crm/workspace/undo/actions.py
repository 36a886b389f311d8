"""Undoes change sets, and describes them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import Any

import msgspec

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
    leads,
    related,
    tags,
    tasks,
    trash,
)
from crm.records.change_sets import Change, ChangeSet
from crm.records.common import Record, RecordPages, labels
from crm.workspace import bulk_changes
from crm.workspace.bulk_changes import BulkChange, ChangeRow, Outcome
from crm.workspace.undo.models import (
    Choice,
    FieldChange,
    ShownChange,
    UndoConflict,
    UndoConflictsError,
    UndoResult,
)

PAGES: Mapping[str, RecordPages] = {
    pages.record.noun: pages for pages in (leads.PAGES, contacts.PAGES, companies.PAGES, tasks.PAGES)
}  # fmt: skip
RECORDS: Mapping[str, Record] = {
    **{noun: pages.record for noun, pages in PAGES.items()}, activities.RECORD.noun: activities.RECORD,
    email_templates.RECORD.noun: email_templates.RECORD,
    # An owner who gets a lead back knows it, and needs no mail.
    "lead": msgspec.structs.replace(leads.PAGES.record, change=partial(leads.change, announce=False)),
}  # fmt: skip
_MAX_SHOWN = 200
JOB = "undo_change_set"
_ROWS = """
    SELECT max(id), jsonb_build_object('noun', noun, 'record_id', record_id)
    FROM changes
    WHERE change_set_id = $1
    GROUP BY noun, record_id
"""
"""The records of a change set. The job begins with the one that was changed last."""


async def lock(connection: Connection, change_set_id: int) -> ChangeSet:
    """The change set, locked. Raises `NotFoundError`."""
    found = await change_sets.lock(connection, change_set_id)
    if found is None:
        raise NotFoundError(f"There is no such change. Changes can be undone for {change_sets.UNDO_PERIOD.days} days.")
    return found


async def undo(
    connection: Connection, change_set_id: int, choices: Mapping[str, Choice], *, by: Actor, default: Choice = "ask"
) -> UndoResult:
    """Put back what the change set changed. `choices` says what to do about each conflict, else `default` does.

    Raises `NotFoundError`, `ConflictError` if it was undone before, and `UndoConflictsError` if a choice is missing.
    Then the caller's transaction must roll back.
    """
    await _lock_open(connection, change_set_id)
    run = _Run(connection, choices, default, by)
    for change in reversed(_merge(await change_sets.list_changes(connection, change_set_id))):
        await run.undo_change(change)
    if run.open_conflicts:
        raise UndoConflictsError(run.open_conflicts)
    await change_sets.mark_undone(connection, change_set_id, by.name, clock.now())
    return UndoResult(run.undone, len(run.left))


async def start_undo(
    connection: Connection, change_set_id: int, *, by: Actor, default: Choice = "keep"
) -> BulkChange | None:
    """Let a job undo a large change set. None for one that `undo` undoes at once. Raises as `undo` does.

    What was changed since is left out and named, unless `default` is to restore it.
    """
    change_set = await _lock_open(connection, change_set_id)
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
        changes = await change_sets.list_changes_of(connection, change.value["change_set_id"], *record)
        for each in reversed(_merge(changes)):
            await run.undo_change(each)
        reasons = [f"{each.label.capitalize()}: {each.reason}" if each.label else each.reason for each in run.left]
        state = "failed" if reasons else "done" if run.undone else "skipped"
        outcomes.append((row.record_id, state, " ".join(reasons)[:300]))
    return outcomes


async def _lock_open(connection: Connection, change_set_id: int) -> ChangeSet:
    """The change set, locked. Raises `NotFoundError`, and `ConflictError` if it cannot be undone now."""
    change_set = await lock(connection, change_set_id)
    if change_set.undone_at is not None:
        raise ConflictError(f"{change_set.undone_by} has already undone this.")
    if await bulk_changes.is_running(connection, change_set_id):
        raise ConflictError("This change is still running. Undo it once it is done.")
    return change_set


async def describe(connection: Connection, changes: Iterable[Change]) -> list[ShownChange]:
    """The changes with the labels and texts of their fields."""
    shown = []
    for change in changes:
        names = labels(RECORDS[change.noun].changes) if change.noun in RECORDS else {}
        fields = [
            FieldChange(
                names[name], await _format(connection, name, change.before.get(name)),
                await _format(connection, name, change.after.get(name)),
            )
            for name in names
            if name in change.after
        ] if change.verb == "changed" else []  # fmt: skip
        pages = PAGES.get(change.noun)
        shown.append(ShownChange(change, f"{pages.url}/{change.record_id}" if pages else "", fields))
    return shown


def _merge(changes: Iterable[Change]) -> list[Change]:
    """The changes, those of one record that follow each other as one."""
    merged: list[Change] = []
    places: dict[tuple[str, int], int] = {}
    for change in changes:
        key = change.noun, change.record_id
        last = merged[places[key]] if key in places else None
        if last is not None and last.verb == change.verb == "changed":
            merged[places[key]] = msgspec.structs.replace(
                last, before={**change.before, **last.before}, after={**last.after, **change.after}
            )
        else:
            places[key] = len(merged)
            merged.append(change)
    return merged


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
            self._may_restore(_conflict(change, reason="This can only be changed on its own page.", can_restore=False))
        elif change.verb == "deleted":
            await self._try(change, lambda: self._restore(change))
        elif change.verb == "changed":
            await self._put_back(change, record)
        else:
            current = await record.table.find(self._connection, change.record_id, lock=True)
            reason = "Somebody has changed it since. Undoing deletes it with that change."
            if current is not None and (
                current.version == change.after["version"] or self._may_restore(_conflict(change, reason=reason))
            ):
                await self._try(change, lambda: record.delete(self._connection, current, by=self._by))

    async def _put_back(self, change: Change, record: Record) -> None:
        """Put the fields of a record back that nobody has changed since, or that somebody chose to put back."""
        current = await record.table.find(self._connection, change.record_id, lock=True)
        if current is None:
            self._may_restore(_conflict(change, reason="It was deleted since. Restore it first.", can_restore=False))
            return
        names = labels(record.changes)
        values: dict[str, Any] = {}
        for field in record.changes.__struct_fields__:
            now = msgspec.to_builtins(getattr(current, field, None))
            if field not in change.before or now == change.before[field]:
                continue
            if now != change.after[field]:
                before, text = [await _format(self._connection, field, each) for each in (change.before[field], now)]
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

    async def _restore(self, change: Change) -> None:
        if change.noun in PAGES:
            await PAGES[change.noun].restore(self._connection, change.record_id, by=self._by)
        else:
            await trash.put_back(self._connection, RECORDS[change.noun].table.table, [change.before])

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


async def _format(connection: Connection, field: str, value: Any) -> str:
    """The text of a field's value; for a reference, the name of its record."""
    if field == "tag_ids":
        return ", ".join(tag.name for tag in (await tags.read_tags(connection)).of(value or ()))
    name = await related.find_name(connection, field, value)
    text = str(value) if name is None and value is not None else name or ""
    return text if len(text) <= _MAX_SHOWN else f"{text[:_MAX_SHOWN]}…"
