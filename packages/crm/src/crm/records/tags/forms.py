"""What people and programs submit about tags."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec

from crm.records.base import ListFilter, RecordId, change_form, field
from crm.records.tags.models import Color
from crm.values import Line

MAX_TAGS = 20
TagIds = Annotated[
    list[RecordId], msgspec.Meta(title="Tags", max_length=MAX_TAGS, description="The ids of all its tags.")
]  # fmt: skip


class NewTag(msgspec.Struct, frozen=True):
    """A tag to add."""

    name: Annotated[Line, field("Name", min_length=1, max_length=40)]
    color: Annotated[Color, field("Color")] = "gray"


ChangeTag: Any = change_form("ChangeTag", NewTag, "What is to change; the rest stays.")
MergeableChange: Any = change_form(
    "MergeableChange", NewTag, "A change of a tag, or of the one that it was merged into.",
    merged_into=Annotated[RecordId | None, field("Merged into")],
)  # fmt: skip


class MergeTag(msgspec.Struct, frozen=True):
    """The tag that takes the place of another one, everywhere."""

    into: RecordId


class TagFilter(ListFilter, frozen=True, kw_only=True):
    """The order of tags."""

    sort: Annotated[str, msgspec.Meta(description="`name` or `created_at`; `-` before it for descending.")] = ""
