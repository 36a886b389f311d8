"""The data of undo."""

from __future__ import annotations

from typing import Literal

import msgspec

from crm.records.change_sets import Change, ChangeSet

Choice = Literal["ask", "keep", "restore"]
"""What to do about a later change: keep it, or restore what was there before; or ask first."""


class UndoConflict(msgspec.Struct, frozen=True):
    """Something that was changed since, so that undoing it would overwrite that.

    `field` is empty if it concerns the whole record. `can_restore` is false where undo is impossible, as `reason` says.
    """

    noun: str
    record_id: int
    name: str
    field: str
    label: str
    before: str
    current: str
    reason: str
    can_restore: bool

    @property
    def key(self) -> str:
        """The name of the choice in a form."""
        return f"{self.noun}-{self.record_id}.{self.field}"


class FieldChange(msgspec.Struct, frozen=True):
    """One field of a change, as texts."""

    label: str
    before: str
    after: str


class ShownChange(msgspec.Struct, frozen=True):
    """A change as the page shows it. `url` is empty for a record that has no page."""

    change: Change
    url: str
    fields: list[FieldChange]


class ChangeSetDetail(msgspec.Struct, frozen=True):
    """A change set with all its changes."""

    change_set: ChangeSet
    changes: list[Change]


class UndoResult(msgspec.Struct, frozen=True):
    """How many records were put back, and how many changes stayed because somebody chose to keep them.

    A job undoes a large change set. Then `running` is true, and `GET` of the same URL says how far it is.
    """

    undone: int
    kept: int
    running: bool = False


class UndoConflictsError(Exception):
    """Undoing needs choices first. Nothing was changed."""

    def __init__(self, conflicts: list[UndoConflict]) -> None:
        super().__init__(f"{len(conflicts)} conflicts")
        self.conflicts = conflicts
