"""The data of bulk changes."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

import msgspec

BulkActionName = Literal["assign", "move", "next_step", "tag", "untag", "delete"]
Existing = Literal["keep", "date", "replace"]
"""What happens to a next step that is there: it stays, it gets the new date, or another one replaces it."""
ACTIONS_OF: dict[str, tuple[BulkActionName, ...]] = {
    "lead": ("assign", "move", "next_step", "tag", "untag", "delete"),
    "contact": ("tag", "untag", "delete"),
    "company": ("tag", "untag", "delete"),
}
"""What can be done with several records of a kind."""
MOST = 10_000
"""How many records one change may concern."""
AT_ONCE = 100
"""So many records are changed at once; more by a job."""


class BulkChange(msgspec.Struct, frozen=True):
    """`total` records are concerned. Of these, `waiting` are still to do, `failed` were left out.

    `value` is what the action takes: `owner_id`; `status` and `lost_reason`; `next_action`, `next_action_on` and
    `existing`; or `tag_id`. Once something is done, it can be undone as the change set `change_set_id`; `undone_by` is
    the name of whoever did that.
    """

    id: int
    noun: Literal["lead", "contact", "company", "change"]
    action: Literal["assign", "move", "next_step", "tag", "untag", "delete", "undo"]
    value: dict[str, Any]
    state: Literal["running", "done", "undoing", "undone"]
    created_at: datetime
    finished_at: datetime | None
    change_set_id: int
    undone_by: str
    total: int
    waiting: int
    done: int
    skipped: int
    failed: int


class ChangeRow(msgspec.Struct, frozen=True):
    """One record of a change. `before` is what the change replaces. `message` says why it was left out."""

    record_id: int
    before: Any
    message: str = ""


class LeftOut(msgspec.Struct, frozen=True):
    """A record that was left out, as the page names it. `url` is empty if it does not exist any more."""

    name: str
    url: str
    message: str
