"""What is on its way to a receiver, and what came back."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Literal

import msgspec

RETRIES = tuple(timedelta(seconds=pause) for pause in (5, 60, 5 * 60, 30 * 60, 2 * 3600, 24 * 3600))
"""Pauses before a delivery is tried again."""
TEST = "webhook.test"
"""The kind of a message that a person sends to see whether it arrives; it goes out even to a paused receiver, once."""

SYNTHETIC = "lead.synthetic"
"""The kind of what is sent to see whether enquiries arrive; a receiver hears of it only when it asks by this name."""

State = Literal["pending", "delivered", "failed"]


class Attempt(msgspec.Struct, frozen=True):
    """One call: the `status` answered, or none and `error` says why; `answer` is the beginning of the body."""

    id: int
    at: datetime
    status: int | None
    error: str
    answer: str
    took_ms: int


class Delivery(msgspec.Struct, frozen=True):
    """One message on its way to one receiver. `message_id` and `body` are the same in every attempt.

    `run` counts redeliveries, `attempts` the calls made in this run; `next_at` is when the next is due.
    """

    id: int
    webhook_id: int
    message_id: str
    event_kind: str
    body: str
    state: State
    run: int
    attempts: int
    next_at: datetime | None
    created_at: datetime
    settled_at: datetime | None


class DeliveryDetail(msgspec.Struct, frozen=True):
    """A delivery as programs see it, with its whole history, oldest attempt first."""

    id: int
    message_id: str
    event: str
    state: State
    body: str
    next_at: datetime | None
    created_at: datetime
    settled_at: datetime | None
    attempts: list[Attempt]

    @classmethod
    def of(cls, delivery: Delivery, attempts: list[Attempt]) -> DeliveryDetail:
        return cls(
            delivery.id, delivery.message_id, delivery.event_kind, delivery.state, delivery.body, delivery.next_at,
            delivery.created_at, delivery.settled_at, attempts,
        )  # fmt: skip


class Task(msgspec.Struct, frozen=True):
    """What a worker needs for one call."""

    id: int
    webhook_id: int
    message_id: str
    event_kind: str
    body: str
    run: int
    attempts: int
    url: str
    sealed_secret: bytes
    sealed_old_secret: bytes | None


class Outcome(msgspec.Struct, frozen=True):
    """How one call went; without a `status` nobody answered, and `error` says why."""

    status: int | None
    error: str
    answer: str
    took_ms: int

    @property
    def received(self) -> bool:
        return self.status is not None and 200 <= self.status < 300

    @property
    def said(self) -> str:
        """In a sentence."""
        return self.error or f"it answered {self.status}."

    @property
    def gone(self) -> bool:
        return self.status == 410
