"""An e-mail: one message that was received, or that a user sent."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

import msgspec

from crm.records.files import Stored

Direction = Literal["in", "out"]
EmailKind = Literal["message", "auto_reply", "bounce"]
EmailState = Literal["received", "unmatched", "attached", "dismissed", "outgoing"]


class Attachment(msgspec.Struct, frozen=True):
    """A file in a message; `size` is in bytes."""

    name: str
    content_type: str
    size: int


class Email(msgspec.Struct, frozen=True):
    """`body` is what the sender wrote, `quoted` the earlier messages below it. `at` is the time that the sender's
    program wrote. `verified`: the receiving mail server has checked the sender. `problem` says what is unusual.

    An attached e-mail is on the timeline of `lead_id` or `contact_id`, unless that record is in the trash.
    """

    id: int
    direction: Direction
    kind: EmailKind
    state: EmailState
    message_id: str
    in_reply_to: str
    thread_id: int | None
    from_name: str
    from_email: str
    sent_to: list[str]
    cc: list[str]
    subject: str
    body: str
    quoted: str
    attachments: list[Attachment]
    verified: bool
    problem: str
    lead_id: int | None
    contact_id: int | None
    at: datetime
    received_at: datetime

    @property
    def sender(self) -> str:
        """The sender as people read it."""
        return self.from_name or self.from_email or "Unknown sender"


class Content(msgspec.Struct, frozen=True, kw_only=True):
    """What is stored of a message once it has been read. The fields are columns of `emails`."""

    direction: Direction
    kind: EmailKind
    in_reply_to: str
    thread_id: int | None
    from_name: str
    from_email: str
    sent_to: list[str]
    cc: list[str]
    subject: str
    body: str
    quoted: str
    html: str
    attachments: list[Attachment]
    verified: bool
    problem: str
    at: datetime


class Place(msgspec.Struct, frozen=True):
    """The record whose timeline shows an e-mail: a lead, or a contact."""

    lead_id: int | None = None
    contact_id: int | None = None


class Referenced(msgspec.Struct, frozen=True):
    """An e-mail that another one answers, and where it is."""

    id: int
    thread_id: int
    lead_id: int | None
    contact_id: int | None


class NewMessage(msgspec.Struct, frozen=True, kw_only=True):
    """A message to send. `quoted` is the earlier message below the text, `answered` the one that it answers.

    `files` are what is attached.
    """

    to: list[str]
    cc: list[str]
    bcc: list[str]
    subject: str
    body: str
    quoted: str
    answered: Email | None
    place: Place
    files: list[Stored]
    send_at: datetime | None


class Outgoing(msgspec.Struct, frozen=True):
    """How far the sending of a message is. `next_at` is when it is tried, `error` why the last attempt failed."""

    state: Literal["pending", "sent", "failed", "canceled"]
    lead_id: int | None
    contact_id: int | None
    bcc: list[str]
    next_at: datetime | None
    error: str
