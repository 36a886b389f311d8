"""Notification channels and what was sent to them."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

import msgspec

from crm.event_names import EventName
from crm.outbound import deliveries

DEFAULT_EVENTS = (EventName.LEAD_CREATED, EventName.SUBMISSION_FAILED, EventName.WEBHOOK_PAUSED)
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


class Task(deliveries.Task, frozen=True):
    """What a worker needs for one attempt."""

    title: str
    body: str
    path: str
    service: str
    sealed_url: bytes


class Message(msgspec.Struct, frozen=True):
    """The text of a notification, and the page of the CRM that it links."""

    title: str
    body: str
    path: str
