"""What people and programs submit about stages."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec

from crm.records.base import ListFilter, change_form, field
from crm.values import Line

KEY = "^[a-z][a-z0-9_]{0,39}$"
Status = Annotated[
    str,
    msgspec.Meta(
        pattern=KEY, examples=["contacted"],
        description="The key of a stage; `GET /api/v1/stages` lists them.",
    ),
]  # fmt: skip
"""The status of a lead, in forms, filters and responses."""
Name = Annotated[Line, field("Name", min_length=1, max_length=40, description="How pages call it.")]
Probability = Annotated[
    int,
    field(
        "Probability", {"hint": "In percent: how many leads of this stage you expect to win."}, ge=0, le=100,
        description="How many of its leads are expected to be won, in percent. Forecasts use it.",
    ),
]  # fmt: skip
StaleDays = Annotated[
    int,
    field(
        "Days until stale", {"hint": "The board marks leads that stay longer. 0 marks none."}, ge=0, le=365,
        description="How long a lead stays in it before it needs attention; 0: as long as it likes.",
    ),
]  # fmt: skip
Position = Annotated[int, field("Place", ge=1, le=1000, description="Its place among the open stages, from 1.")]


class NewStage(msgspec.Struct, frozen=True):
    """An open stage. Left out, its place is the last one."""

    name: Name
    probability: Probability = 50
    stale_days: StaleDays = 14
    position: Position | None = None


ChangeStage: Any = change_form(
    "ChangeStage", NewStage, "What is to change; the rest stays. The stages Won and Lost only have a name.",
    position=Position,
)  # fmt: skip


class StageFilter(ListFilter, frozen=True, kw_only=True):
    """The list of stages is short, and in their order."""

    sort: Annotated[str, msgspec.Meta(description="`position`: the order of the pipeline.")] = ""
