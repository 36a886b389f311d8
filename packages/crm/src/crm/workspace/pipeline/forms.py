"""What people and programs submit about the pipeline."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from crm.records.base import RecordId, page_form
from crm.records.stages import NewStage

EditStage = page_form("EditStage", NewStage, "The page of a stage.", ("name", "probability", "stale_days"))


class ShiftStage(msgspec.Struct, frozen=True):
    """A press on an arrow: the stage goes one place up or down."""

    by: Literal["up", "down"]


class DeleteStage(msgspec.Struct, frozen=True):
    """What happens to the leads of the stage."""

    move_to: Annotated[
        str,
        msgspec.Meta(max_length=40, description="The key of the open stage its leads go to; needed if it has leads."),
    ] = ""


class BoardFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Which leads the board shows. Totals count the same leads."""

    owner_id: Annotated[RecordId | None, msgspec.Meta(description="Those of one user.")] = None
    has_next_action: Annotated[bool | None, msgspec.Meta(description="With a next step, or without.")] = None
    stage: Annotated[
        str, msgspec.Meta(max_length=40, description="One stage, by its key; left out: every open stage.")
    ] = ""
    after: Annotated[
        RecordId | None, msgspec.Meta(description="The last lead of the page before, whose stage `stage` names.")
    ] = None
