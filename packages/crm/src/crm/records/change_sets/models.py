"""The data of change sets."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Literal

import msgspec

UNDO_PERIOD = timedelta(days=30)
"""How long a change set can be undone."""
Verb = Literal["created", "changed", "deleted", "restored"]


class Change(msgspec.Struct, frozen=True):
    """What happened to one record.

    `before` and `after` hold the values of the fields that changed, as JSON. Of a deleted activity `before` is the
    whole row, because activities have no trash; of a created or restored record `after` is its version.
    """

    id: int
    noun: str
    record_id: int
    name: str
    verb: Verb
    before: dict[str, Any]
    after: dict[str, Any]


class ChangeSet(msgspec.Struct, frozen=True):
    """What one person or program changed at once. `undone_by` is the name of whoever undid it.

    An `own` one is about what only that person sees, such as a view of their own.
    """

    id: int
    by_kind: Literal["person", "key"]
    by_id: int | None
    by_name: str
    at: datetime
    own: bool
    undone_at: datetime | None
    undone_by: str
    size: int
    """How many changes it has."""
    first: list[dict[str, Any]]
    """Verb, noun, record_id and name of its first three changes."""
