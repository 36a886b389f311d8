"""What people and programs submit about activities."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

import msgspec
from msgspec import UNSET, UnsetType

from crm.kernel.http.request import ANY_VERSION
from crm.records.base import ListFilter, RecordId, field

KINDS = [("note", "Note"), ("call", "Call"), ("meeting", "Meeting"), ("email", "E-mail")]
Body = Annotated[str, field("Text", min_length=1, max_length=20_000, description="What happened, as plain text.")]
Written = Annotated[Literal["note", "call", "meeting", "email"], field("Type")]
Moment = Annotated[datetime, msgspec.Meta(tz=True, description="When it happened, with a UTC offset.")]

LocalTime = Annotated[
    str,
    field("When", pattern=r"^(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2})?)?$", examples=["2026-11-22T14:30"]),
]  # fmt: skip
"""What a control for date and time gives: a time in the zone of the organization."""


class NewActivity(msgspec.Struct, frozen=True):
    """An activity of a lead, a contact or a company; a lead's also shows on its contact and company."""

    kind: Written
    body: Body
    lead_id: RecordId | None = None
    contact_id: RecordId | None = None
    company_id: RecordId | None = None
    at: Annotated[Moment | None, msgspec.Meta(description="When it happened; left out: now.")] = None


class ChangeActivity(msgspec.Struct, frozen=True):
    """What is to change; the rest stays."""

    kind: Written | UnsetType = UNSET
    body: Body | UnsetType = UNSET
    at: Moment | UnsetType = UNSET


class EditActivity(ChangeActivity, frozen=True):
    """The edit page. `version` is the one the page was made from."""

    at_local: LocalTime = ""
    version: int = ANY_VERSION


class ComposeActivity(NewActivity, frozen=True):
    """A new activity and the page it was written on."""

    at_local: LocalTime = ""
    back: str = "/"


class ActivityFilter(ListFilter, frozen=True):
    """Which activities, in which order."""

    lead_id: Annotated[RecordId | None, msgspec.Meta(description="Those of one lead.")] = None
    contact_id: Annotated[RecordId | None, msgspec.Meta(description="Those of one contact, its leads' included.")] = (
        None
    )
    company_id: Annotated[RecordId | None, msgspec.Meta(description="Those of one company, its leads' included.")] = (
        None
    )
    kind: Annotated[
        list[Literal["note", "call", "meeting", "email", "status", "system"]],
        msgspec.Meta(description="Any of these kinds."),
    ] = msgspec.field(default_factory=list)
