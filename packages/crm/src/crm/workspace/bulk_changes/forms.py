"""What people and programs submit about bulk changes."""

from __future__ import annotations

from typing import Annotated

import msgspec

from crm.kernel.http.request import BIGGEST_ID
from crm.values import Line
from crm.workspace.bulk_changes.models import BulkActionName

Id = Annotated[int, msgspec.Meta(ge=1, le=BIGGEST_ID)]


class BulkForm(msgspec.Struct, frozen=True, kw_only=True):
    """What to do with all leads of a list. `expected` is how many the page said there are."""

    action: BulkActionName
    expected: int
    owner_id: Id | None = None
    status: Annotated[str, msgspec.Meta(max_length=40)] = ""
    lost_reason: Annotated[Line, msgspec.Meta(max_length=500)] = ""
    tag_id: Id | None = None


class NewBulkChange(msgspec.Struct, frozen=True, kw_only=True):
    """What to do with these leads. Each action needs its own value; `assign` without `owner_id` assigns to nobody."""

    action: BulkActionName
    lead_ids: Annotated[list[Id], msgspec.Meta(min_length=1, max_length=1000)]
    owner_id: Id | None = None
    status: Annotated[str, msgspec.Meta(max_length=40)] = ""
    lost_reason: Annotated[Line, msgspec.Meta(max_length=500)] = ""
    tag_id: Id | None = None
