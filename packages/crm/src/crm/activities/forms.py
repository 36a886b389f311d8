"""What people and programs submit about activities."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

import msgspec
from msgspec import UNSET, UnsetType

from crm.kernel.http.paging import DEFAULT_LIMIT, MAX_LIMIT
from crm.kernel.http.request import BIGGEST_ID

Number = Annotated[int, msgspec.Meta(ge=1, le=BIGGEST_ID)]
Body = Annotated[str, msgspec.Meta(min_length=1, max_length=20_000, description="What happened, as plain text.")]
Written = Literal["note", "call", "meeting", "email"]
Moment = Annotated[datetime, msgspec.Meta(tz=True, description="When it happened, with a UTC offset.")]


class NewActivity(msgspec.Struct, frozen=True):
    """A line for the timeline of a lead, a contact or a company; a lead's also shows on its contact and company."""

    kind: Written
    body: Body
    lead_id: Number | None = None
    contact_id: Number | None = None
    company_id: Number | None = None
    at: Annotated[Moment | None, msgspec.Meta(description="When it happened; left out: now.")] = None


class ChangeActivity(msgspec.Struct, frozen=True):
    """What is to change; the rest stays."""

    kind: Written | UnsetType = UNSET
    body: Body | UnsetType = UNSET
    at: Moment | UnsetType = UNSET


class ActivityFilter(msgspec.Struct, frozen=True):
    """Which activities, in which order."""

    lead_id: Annotated[Number | None, msgspec.Meta(description="Those of one lead.")] = None
    contact_id: Annotated[Number | None, msgspec.Meta(description="Those of one contact, its leads' included.")] = None
    company_id: Annotated[Number | None, msgspec.Meta(description="Those of one company, its leads' included.")] = None
    kind: Annotated[
        list[Literal["note", "call", "meeting", "email", "status", "system"]],
        msgspec.Meta(description="Any of these kinds."),
    ] = []
    sort: Annotated[str, msgspec.Meta(description="`created_at` or, newest first, `-created_at`.")] = ""
    limit: Annotated[int, msgspec.Meta(ge=1, le=MAX_LIMIT)] = DEFAULT_LIMIT
    cursor: Annotated[str, msgspec.Meta(max_length=1000, description="`next_cursor` of the page before.")] = ""
