"""What people and programs submit about the pipeline."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from crm.records.common import page_form
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
