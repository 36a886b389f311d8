"""Notification channels and what was sent to them."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

import msgspec

from crm.event_names import EventName
from crm.kernel.mail import Carrier
from crm.outbound import deliveries

DEFAULT_EVENTS = (
    EventName.LEAD_CREATED, EventName.EMAIL_RECEIVED, EventName.SUBMISSION_QUARANTINED, EventName.SUBMISSION_FAILED,
    EventName.WEBHOOK_PAUSED,
)  # fmt: skip
"""The events of a new channel unless somebody chooses others."""
EMAIL = "email"

State = Literal["pending", "sent", "failed"]


class Channel(msgspec.Struct, frozen=True):
    """Where notifications go. Its address is stored encrypted; `hint` is the part that is shown."""

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
    """One message to one channel, with its attempts, oldest first. `path` is the page of the CRM that it links."""

    id: int
    title: str
    body: str
    path: str
    state: State
    next_at: datetime | None
    created_at: datetime
    attempts: list[deliveries.Attempt] = []


class FailedNotification(msgspec.Struct, frozen=True):
    """A notification that was given up, with the last error."""

    id: int
    channel_id: int
    channel: str
    title: str
    path: str
    error: str
    settled_at: datetime | None
    created_at: datetime


class Task(deliveries.Task, frozen=True):
    """What a worker needs for one attempt."""

    title: str
    body: str
    path: str
    reply_to: str
    service: str
    sealed_url: bytes


class Message(msgspec.Struct, frozen=True):
    """The text of a notification, and the page of the CRM that it links. An answer by mail goes to `reply_to`."""

    title: str
    body: str
    path: str
    reply_to: str = ""


class Mail(msgspec.Struct, frozen=True):
    """A mail that was sent, or only stored."""

    id: int
    recipient: str
    subject: str
    body: str
    carrier: Carrier
    created_at: datetime
