"""A task: something to do for a lead, a contact, a company or alone."""

from __future__ import annotations

from datetime import date, datetime

from crm.records.base import Placed, RecordEvents

EVENTS = RecordEvents("task")


class Task(Placed, frozen=True):
    """It has one place at most.

    `due_time`, such as `14:30`, and `due_on` are local to the organization; without a time it takes the whole day.

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
