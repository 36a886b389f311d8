"""The data of bulk changes."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

import msgspec

BulkActionName = Literal["assign", "move", "tag", "untag", "delete"]
BulkState = Literal["running", "done", "undoing", "undone"]
MOST = 10_000
"""How many leads one change may concern."""
AT_ONCE = 100
"""So many leads are changed at once; more by a job."""


class BulkChange(msgspec.Struct, frozen=True):
    """`total` leads are concerned. Of these, `waiting` are still to do, `failed` were left out.

    `value` is what the action takes: `owner_id`, `status` and `lost_reason`, or `tag_id`.
    """

    id: int
    action: BulkActionName
    value: dict[str, Any]
    state: BulkState
    created_at: datetime
    finished_at: datetime | None
    total: int
    waiting: int
    done: int
    skipped: int
    failed: int
    undone: int
    kept: int


class ChangeRow(msgspec.Struct, frozen=True):
    """One lead of a change. `message` says why it was left out."""

    lead_id: int
    before: Any
    message: str = ""
