"""A task: something to do for a lead, a contact, a company or alone."""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal

import msgspec

from crm.records.base import RecordEvents

EVENTS = RecordEvents("task")
Place = Literal["lead_id", "contact_id", "company_id"]
PLACES: tuple[Place, ...] = ("lead_id", "contact_id", "company_id")
"""The columns that say what a task is about. At most one of them has a value."""


class Task(msgspec.Struct, frozen=True):
    """`due_time`, such as `14:30`, and `due_on` are local to the organization; without a time it takes the whole day.

    `recurrence` is an RRULE (RFC 5545): once the task is done, the next one of the series is added.
    """

    id: int
    title: str
    note: str
    due_on: date | None
    due_time: str
    recurrence: str
    assignee_id: int | None
    lead_id: int | None
    contact_id: int | None
    company_id: int | None
    done_at: datetime | None
    demo: bool
    version: int
    created_at: datetime
    updated_at: datetime

    @property
    def name(self) -> str:
        """What messages call it."""
        return self.title

    @property
    def done(self) -> bool:
        """Whether it is completed."""
        return self.done_at is not None

    @property
    def place(self) -> dict[Place, int]:
        """The record it is about, such as `{"lead_id": 7}`, or nothing."""
        return {column: value for column in PLACES if (value := getattr(self, column)) is not None}

    @property
    def place_url(self) -> str:
        """The page of the record it is about, or nothing."""
        urls = {"lead_id": "/leads", "contact_id": "/contacts", "company_id": "/companies"}
        return next((f"{urls[column]}/{value}" for column, value in self.place.items()), "")
