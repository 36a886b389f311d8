"""A submission: one post of the enquiry form as it came, and what has been made of it."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

import msgspec

State = Literal["received", "accepted", "quarantined", "failed", "dismissed"]


class Submission(msgspec.Struct, frozen=True):
    """`body` holds what was typed and what the page added, under the names of the form; `sent_at` is when the
    visitor pressed Send, `received_at` when it got here, `settled_at` when it reached the state it has now."""

    id: int
    reference: str
    idempotency_key: str | None
    fingerprint: bytes
    state: State
    body: dict[str, Any]
    origin: str
    address_hash: bytes
    device: str
    spam_score: int
    spam_reasons: list[str]
    attempts: int
    error: str
    lead_id: int | None
    synthetic: bool
    sent_at: datetime
    received_at: datetime
    settled_at: datetime | None

    def text(self, name: str) -> str:
        """A field of the body as text; empty when it was not sent."""
        value = self.body.get(name)
        return value if isinstance(value, str) else ""

    def touch(self, name: str) -> dict[str, str]:
        """`first_touch` or `last_touch`; empty when it was not sent."""
        value = self.body.get(name)
        return value if isinstance(value, dict) else {}

    @property
    def late(self) -> bool:
        """It waited in the visitor's browser, or somewhere else, for more than a minute."""
        return (self.received_at - self.sent_at).total_seconds() > 60


COLUMNS = ", ".join(Submission.__struct_fields__)


class Stored(msgspec.Struct, frozen=True):
    """What came of storing a post: it is new, it was stored before, or its address has sent too many. Then the other
    fields are those of the submission that was there first, or of the oldest one that counts."""

    outcome: Literal["stored", "repeated", "limited"]
    reference: str
    fingerprint: bytes
    received_at: datetime


class Settled(msgspec.Struct, frozen=True):
    """What a processed submission has become."""

    id: int
    state: State
    spam_score: int
    spam_reasons: list[str]
    lead_id: int | None = None


class Receipt(msgspec.Struct, frozen=True):
    """The thanks a visitor gets: the reference to quote, and when the enquiry arrived."""

    reference: str
    received_at: datetime


class SubmissionCounts(msgspec.Struct, frozen=True):
    """How many submissions wait for a person: held as spam, failed or stuck, and dismissed ones not yet deleted."""

    quarantined: int
    failed: int
    dismissed: int
