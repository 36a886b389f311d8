"""What people and programs submit about change sets."""

from __future__ import annotations

from typing import Annotated

import msgspec

from crm.records.base import ListFilter, RecordId
from crm.workspace.undo.models import Choice


class ChangeSetFilter(ListFilter, frozen=True, kw_only=True):
    """Which change sets a list shows."""

    by_id: Annotated[RecordId | None, msgspec.Meta(description="The user who made the changes.")] = None


class Undo(msgspec.Struct, frozen=True):
    """What to do about whatever was changed since."""

    conflicts: Annotated[
        Choice,
        msgspec.Meta(
            description="What to do where something was changed since: `ask` changes nothing and names it, `keep` "
            "keeps it, `restore` puts back what was there before. Of more than 100 changes, `ask` keeps too."
        ),
    ] = "ask"
