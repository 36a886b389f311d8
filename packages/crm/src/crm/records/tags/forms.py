"""What people and programs submit about tags."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import UNSET, UnsetType

from crm.kernel.http.paging import DEFAULT_LIMIT, MAX_CURSOR, MAX_LIMIT
from crm.kernel.http.request import BIGGEST_ID
from crm.records.tags.models import Color
from crm.values import Line

MAX_TAGS = 20
TagId = Annotated[int, msgspec.Meta(ge=1, le=BIGGEST_ID)]
TagIds = Annotated[
    list[TagId], msgspec.Meta(title="Tags", max_length=MAX_TAGS, description="The ids of all its tags.")
]  # fmt: skip
TagName = Annotated[Line, msgspec.Meta(title="Name", min_length=1, max_length=40)]


class NewTag(msgspec.Struct, frozen=True):
    """A tag to add."""

    name: TagName
    color: Color = "gray"


class ChangeTag(msgspec.Struct, frozen=True):
    """What is to change; the rest stays."""

    name: TagName | UnsetType = UNSET
    color: Color | UnsetType = UNSET


class MergeTag(msgspec.Struct, frozen=True):
    """The tag that takes the place of another one, everywhere."""

    into: TagId


class TagFilter(msgspec.Struct, frozen=True, kw_only=True):
    """The order of tags."""

    sort: Annotated[str, msgspec.Meta(description="`name` or `created_at`; `-` before it for descending.")] = ""
    limit: Annotated[int, msgspec.Meta(ge=1, le=MAX_LIMIT)] = DEFAULT_LIMIT
    cursor: Annotated[
        str,
        msgspec.Meta(
            max_length=MAX_CURSOR, description="`next_cursor` of the page before, or `prev_cursor` of the page after."
        ),
    ] = ""
