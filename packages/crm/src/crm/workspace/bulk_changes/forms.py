"""What people and programs submit about bulk changes."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

import msgspec

from crm.kernel.http.paging import MAX_LIMIT
from crm.records import leads
from crm.records.base import RecordId
from crm.values import Line
from crm.workspace.bulk_changes.models import BulkActionName, Existing


class ActionValues(msgspec.Struct, frozen=True, kw_only=True):
    """What to do with several records. Each action needs its own values."""

    action: BulkActionName
    owner_id: RecordId | None = None
    status: Annotated[str, msgspec.Meta(max_length=40)] = ""
    lost_choice: leads.LostChoice = ""
    lost_reason: leads.LostReason = ""
    next_action: Annotated[Line, msgspec.Meta(max_length=300)] = ""
    next_action_on: date | None = None
    existing: Existing = "keep"
    tag_id: RecordId | None = None


class ListForm(ActionValues, frozen=True, kw_only=True):
    """What to do with all records of a list. `expected` is how many the page said there are."""

    expected: int


class SelectedForm(ActionValues, frozen=True, kw_only=True):
    """What to do with the selected rows of a list. `ask` opens the page of all actions."""

    action: BulkActionName | Literal["ask"]  # type: ignore[assignment]

    pick: Annotated[list[RecordId], msgspec.Meta(max_length=MAX_LIMIT)] = []


class NewBulkChange(ActionValues, frozen=True, kw_only=True):
    """What to do with these records. Contacts and companies take `tag`, `untag` and `delete`, leads all actions.

    `assign` without `owner_id` assigns to nobody. `next_step` takes `next_action` and `next_action_on`; `existing` says
    what happens to a lead that has a next step: `keep` leaves it, `date` moves it to that day, `replace` replaces it.
    """

    ids: Annotated[list[RecordId], msgspec.Meta(min_length=1, max_length=1000)]
