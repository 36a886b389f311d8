"""What people and programs submit about e-mails."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

import msgspec

from crm.records import activities
from crm.records.base import ListFilter, RecordId
from crm.values import Line

Text = Annotated[str, msgspec.Meta(max_length=254)]


class EmailFilter(ListFilter, frozen=True):
    """Which e-mails, in which order."""

    lead_id: Annotated[RecordId | None, msgspec.Meta(description="Those of one lead.")] = None
    contact_id: Annotated[RecordId | None, msgspec.Meta(description="Those of one contact, its leads' included.")] = (
        None
    )
    state: Annotated[
        list[Literal["received", "unmatched", "attached", "dismissed", "outgoing"]],
        msgspec.Meta(description="Any of these states."),
    ] = msgspec.field(default_factory=list)
    direction: Annotated[Literal["in", "out"] | None, msgspec.Meta(description="Received or sent.")] = None


Moment = Annotated[datetime, msgspec.Meta(tz=True, description="With a UTC offset.")]
Addresses = Annotated[str, msgspec.Meta(max_length=2000)]


class ComposeQuery(msgspec.Struct, frozen=True):
    """What the form is opened for: a record, an e-mail to answer, or a message that was canceled."""

    lead_id: RecordId | None = None
    contact_id: RecordId | None = None
    answers: RecordId | None = None
    draft: RecordId | None = None


class ComposeEmail(msgspec.Struct, frozen=True):
    """A message as a person writes it. `answers` is the e-mail that it answers, `quote` adds that below the text.

    `attached` are files that were uploaded to the form, `record_files` those of a record. `files` is the name of one
    that was chosen and not uploaded: only the form of the button Attach sends its content.
    """

    to: Addresses = ""
    cc: Addresses = ""
    bcc: Addresses = ""
    subject: Annotated[Line, msgspec.Meta(min_length=1, max_length=200)] = ""
    body: Annotated[str, msgspec.Meta(max_length=20_000)] = ""
    lead_id: RecordId | None = None
    contact_id: RecordId | None = None
    answers: RecordId | None = None
    quote: str = ""
    template_id: RecordId | None = None
    attached: list[RecordId] = msgspec.field(default_factory=list)
    record_files: list[RecordId] = msgspec.field(default_factory=list)
    files: str = ""
    at_local: activities.LocalTime = ""


class SendEmail(msgspec.Struct, frozen=True):
    """A message that a program sends, in the name of the person who created its key."""

    to: Annotated[list[str], msgspec.Meta(min_length=1, max_length=20, description="Addresses.")]
    subject: Annotated[Line, msgspec.Meta(min_length=1, max_length=200)]
    body: Annotated[str, msgspec.Meta(min_length=1, max_length=20_000, description="Plain text.")]
    cc: Annotated[list[str], msgspec.Meta(max_length=20)] = msgspec.field(default_factory=list)
    bcc: Annotated[list[str], msgspec.Meta(max_length=20)] = msgspec.field(default_factory=list)
    lead_id: Annotated[RecordId | None, msgspec.Meta(description="Left out: the newest open lead of the contact.")] = (
        None
    )
    contact_id: Annotated[RecordId | None, msgspec.Meta(description="Left out: found by the first address.")] = None
    answers: Annotated[RecordId | None, msgspec.Meta(description="The e-mail that it answers.")] = None
    file_ids: Annotated[
        list[RecordId], msgspec.Meta(max_length=20, description="Files of records to attach; needs `files:read` too.")
    ] = msgspec.field(default_factory=list)
    send_at: Annotated[Moment | None, msgspec.Meta(description="When to send it; left out: in ten seconds.")] = None


class Signature(msgspec.Struct, frozen=True):
    """What a user's e-mails end with."""

    body: Annotated[str, msgspec.Meta(max_length=2000)] = ""


class AttachEmail(msgspec.Struct, frozen=True):
    """The record that an e-mail belongs to: a lead or a contact."""

    lead_id: RecordId | None = None
    contact_id: RecordId | None = None


class ChooseRecord(msgspec.Struct, frozen=True):
    """The same as a person chooses it: a lead, or the address or name of a contact."""

    lead_id: RecordId | None = None
    contact: Text = ""
