"""A submission: one post of the enquiry form as it was sent, and its state."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

import msgspec

State = Literal["received", "accepted", "quarantined", "failed", "dismissed"]


class Submission(msgspec.Struct, frozen=True):
    """`body` holds all fields of the form by name. The visitor pressed Send at `sent_at`.

    The submission arrived at `received_at` and reached its current state at `settled_at`.
    """

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
        """A field of the body as text; empty if it is missing."""
        value = self.body.get(name)
        return value if isinstance(value, str) else ""

    def touch(self, name: str) -> dict[str, str]:
        """`first_touch` or `last_touch`; empty if it is missing."""
        value = self.body.get(name)
        return value if isinstance(value, dict) else {}

    @property
    def is_late(self) -> bool:
        """Whether it took more than a minute to arrive."""
        return (self.received_at - self.sent_at).total_seconds() > 60


COLUMNS = ", ".join(Submission.__struct_fields__)


class StoreResult(msgspec.Struct, frozen=True):
    """The outcome of storing a post: new, already stored, or over the rate limit.

    If it was stored before, the other fields are those of the first submission. Over the limit, they are those of the
    oldest submission that counts.
    """

    outcome: Literal["stored", "repeated", "limited"]
    reference: str
    fingerprint: bytes
    received_at: datetime


class ProcessResult(msgspec.Struct, frozen=True):
    """The new state of a processed submission."""

    id: int
    state: State
    spam_score: int
    spam_reasons: list[str]
    lead_id: int | None = None


class Receipt(msgspec.Struct, frozen=True):
    """The response to a visitor: the reference of the enquiry, and when it arrived."""

    reference: str
    received_at: datetime


class SubmissionCounts(msgspec.Struct, frozen=True):
    """How many submissions are held as possible spam, failed (or stuck), and dismissed."""

    quarantined: int
    failed: int
    dismissed: int
