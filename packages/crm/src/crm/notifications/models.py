"""Channels the owner watches, and what was sent to them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Literal

import msgspec

EVENTS: Mapping[str, str] = {
    "lead.created": "A lead came in",
    "lead.status_changed": "A lead moved on the pipeline",
    "submission.quarantined": "An enquiry was held as likely spam",
    "submission.failed": "An enquiry could not be processed",
    "webhook.paused": "A webhook receiver was paused",
}
"""What a channel can be told, in plain words."""
USUAL = ("lead.created", "submission.failed", "webhook.paused")
"""What a new channel is told unless somebody chooses otherwise."""

RETRIES = tuple(timedelta(seconds=pause) for pause in (5, 60, 5 * 60, 30 * 60, 2 * 3600))
"""Pauses before a notification is tried again."""
EMAIL = "email"

State = Literal["pending", "sent", "failed"]


class Channel(msgspec.Struct, frozen=True):
    """Where notifications go. Its address is kept sealed; `hint` is what is shown of it."""

    id: int
    name: str
    service: str
    hint: str
    events: list[str]
    active: bool
    version: int
    created_at: datetime
    updated_at: datetime


class Notification(msgspec.Struct, frozen=True):
    """One message to one channel. `path` is where it leads within the CRM; `error` is what the last try said."""

    id: int
    channel_id: int
    title: str
    body: str
    path: str
    state: State
    run: int
    attempts: int
    error: str
    next_at: datetime | None
    created_at: datetime
    settled_at: datetime | None


class Attempt(msgspec.Struct, frozen=True):
    """One try; without an `error` it was sent."""

    id: int
    at: datetime
    error: str
    took_ms: int


class Task(msgspec.Struct, frozen=True):
    """What a worker needs for one try."""

    id: int
    title: str
    body: str
    path: str
    run: int
    attempts: int
    service: str
    sealed_url: bytes


class Words(msgspec.Struct, frozen=True):
    """What a notification says, and where in the CRM it leads."""

    title: str
    body: str
    path: str
