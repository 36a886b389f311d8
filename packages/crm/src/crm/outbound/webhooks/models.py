"""Webhook endpoints and their deliveries."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Literal

import msgspec

from crm.outbound import deliveries

ALL_EVENTS = "*"
TEST = "webhook.test"
"""The kind of a test message. It is no event: a person sends it, even to a paused endpoint, and it is tried once."""

FAILING_FOR = timedelta(hours=24)
"""An endpoint that has failed for this long is paused."""
OLD_SECRET_FOR = timedelta(hours=24)
"""After a rotation, messages are signed with both secrets for this long."""
SECRET_REPEATED_FOR = timedelta(hours=24)
"""A repeated create with the same Idempotency-Key returns the secret for this long."""

State = Literal["pending", "delivered", "failed"]


class Webhook(msgspec.Struct, frozen=True):
    """A webhook endpoint. `events` may hold `*` for all; `failing_since` is the first failure since the last success.

    While it is paused (`active` false), messages wait. They are sent when it is resumed.
    """

    id: int
    name: str
    url: str
    events: list[str]
    active: bool
    failing_since: datetime | None
    paused_at: datetime | None
    pause_reason: str
    old_secret_until: datetime | None
    version: int
    created_at: datetime
    updated_at: datetime


class CreatedWebhook(Webhook, frozen=True):
    """A new endpoint with its secret, which is shown once. Verify with any Standard Webhooks library."""

    secret: str = ""


class Attempt(deliveries.Attempt, frozen=True):
    """One request: `status` and `answer` (the beginning of the body) of the response, or an `error`."""

    status: int | None
    answer: str


class DeliveryDetail(msgspec.Struct, frozen=True):
    """One message to one endpoint, with its attempts, oldest first. All attempts send the same `message_id` and `body`.

    `next_at` is when the next attempt is due.
    """

    id: int
    message_id: str
    event: str
    state: State
    body: str
    next_at: datetime | None
    created_at: datetime
    settled_at: datetime | None
    attempts: list[Attempt] = []


class Task(deliveries.Task, frozen=True):
    """What a worker needs for one request."""

    message_id: str
    event_kind: str
    body: str
    url: str
    sealed_secret: bytes
    sealed_old_secret: bytes | None
    old_secret_until: datetime | None
