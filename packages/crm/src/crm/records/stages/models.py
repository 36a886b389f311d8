"""A stage of the pipeline."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Literal

import msgspec

Kind = Literal["open", "won", "lost"]
ENTRY, WON, LOST = "new", "won", "lost"
"""The keys of the stage of new enquiries and of the two that close a lead. They cannot be deleted."""
CLOSED = frozenset({WON, LOST})


class Stage(msgspec.Struct, frozen=True):
    """A lead's `status` is the `key` of its stage. A key never changes.

    `probability` is in percent. A lead that stays longer than `stale_days` needs attention; 0 means never. `position`
    counts the open stages from 1.
    """

    id: int
    key: str
    name: str
    kind: Kind
    position: int
    probability: int
    stale_days: int
    version: int
    created_at: datetime
    updated_at: datetime
    deleted_at: datetime | None


class Pipeline:
    """The stages in their order. Those that were deleted have a name, and no place in the order."""

    def __init__(self, rows: Iterable[Stage]) -> None:
        self._by_key = {stage.key: stage for stage in rows}
        self.stages = tuple(stage for stage in self._by_key.values() if stage.deleted_at is None)
        self.keys = tuple(stage.key for stage in self.stages)
        self.open = tuple(stage for stage in self.stages if stage.kind == "open")
        self.open_keys = tuple(stage.key for stage in self.open)

    def find(self, key: str) -> Stage | None:
        """The stage with this key, also a deleted one."""
        return self._by_key.get(key)

    def name_of(self, key: str) -> str:
        """The name of a stage. A key that this process does not know yet is shown itself."""
        stage = self._by_key.get(key)
        return stage.name if stage else key.replace("_", " ").capitalize()

    def list_from(self, key: str) -> list[str]:
        """The keys of this open stage, of those behind it, and of the won one."""
        first = self._by_key.get(key)
        later = [stage.key for stage in self.open if first and stage.position >= first.position]
        return [*later, WON]
