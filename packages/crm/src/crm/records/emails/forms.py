"""What people and programs submit about e-mails."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from crm.records.common import ListFilter, RecordId

Text = Annotated[str, msgspec.Meta(max_length=254)]


class EmailFilter(ListFilter, frozen=True):
    """Which e-mails, in which order."""

    lead_id: Annotated[RecordId | None, msgspec.Meta(description="Those of one lead.")] = None
    contact_id: Annotated[RecordId | None, msgspec.Meta(description="Those of one contact, its leads' included.")] = (
        None
    )
    state: Annotated[
        list[Literal["received", "unmatched", "attached", "dismissed"]],
        msgspec.Meta(description="Any of these states."),
    ] = msgspec.field(default_factory=list)
    direction: Annotated[Literal["in", "out"] | None, msgspec.Meta(description="Received or sent.")] = None


class AttachEmail(msgspec.Struct, frozen=True):
    """The record that an e-mail belongs to: a lead or a contact."""

    lead_id: RecordId | None = None
    contact_id: RecordId | None = None


class ChooseRecord(msgspec.Struct, frozen=True):
    """The same as a person chooses it: a lead, or the address or name of a contact."""

    lead_id: RecordId | None = None
    contact: Text = ""
