"""What people and programs submit about tasks."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

import msgspec

from crm.records.base import ListFilter, Notes, RecordId, change_form, field, page_form
from crm.values import Line

Snooze = Literal["today", "tomorrow", "week", "later"]


class NewTask(msgspec.Struct, frozen=True):
    """A task to add, for a lead, a contact, a company or none of them."""

    title: Annotated[
        Line, field("Task", {"span": True, "placeholder": "Call about the offer"}, min_length=1, max_length=300)
    ]
    due_on: Annotated[
        date | None, field("Due", {"kind": "date"}, description="The day, in the organization's time zone.")
    ] = None
    due_time: Annotated[
        str,
        field(
            "Time", {"kind": "time"}, pattern=r"^(([01]\d|2[0-3]):[0-5]\d)?$", examples=["14:30"],
            description="The time of that day; left out: the whole day.",
        ),
    ] = ""  # fmt: skip
    recurrence: Annotated[
        str,
        field(
            "Repeats", {"kind": "select", "blank": "Never"}, max_length=200, examples=["FREQ=WEEKLY;BYDAY=MO"],
            description="When it comes again: an RRULE of RFC 5545, whole days only.",
        ),
    ] = ""  # fmt: skip
    assignee_id: Annotated[
        RecordId | None, field("Assignee", {"kind": "select", "blank": "Unassigned"}, description="Who does it.")
    ] = None
    note: Notes = ""
    lead_id: RecordId | None = None
    contact_id: RecordId | None = None
    company_id: RecordId | None = None


FIELDS = ("title", "due_on", "due_time", "recurrence", "assignee_id", "note")
"""The controls of the forms, in their order."""
ChangeTask = change_form(
    "ChangeTask", NewTask, "What is to change; the rest stays. `done` completes or reopens it.",
    done=Annotated[bool, field("Done", description="True completes it, and adds the next one of a series.")],
)  # fmt: skip
EditTask = page_form("EditTask", NewTask, "The page of a task.", FIELDS)


class ComposeTask(NewTask, frozen=True):
    """A new task and the page it was written on."""

    back: str = ""


class Back(msgspec.Struct, frozen=True):
    """The page that a button was pressed on."""

    back: str = ""


class SnoozeForm(Back, frozen=True):
    """When the task comes back."""

    when: Snooze = "tomorrow"


class TaskFilter(ListFilter, frozen=True):
    """Which tasks, in which order. Conditions hold together."""

    done: Annotated[bool | None, msgspec.Meta(description="The completed ones, or the open ones.")] = None
    assignee_id: Annotated[
        list[RecordId], msgspec.Meta(description="Those of any of these users, comma between them.")
    ] = msgspec.field(default_factory=list)
    lead_id: Annotated[RecordId | None, msgspec.Meta(description="Those of one lead.")] = None
    contact_id: Annotated[RecordId | None, msgspec.Meta(description="Those of one contact.")] = None
    company_id: Annotated[RecordId | None, msgspec.Meta(description="Those of one company.")] = None
    due_from: Annotated[date | None, msgspec.Meta(description="Due on or after this day.")] = None
    due_to: Annotated[date | None, msgspec.Meta(description="Due on or before this day.")] = None
    sort: Annotated[
        str, msgspec.Meta(description="`due`, `done_at`, `created_at` or `updated_at`; `-` before it for descending.")
    ] = ""


class TabQuery(msgspec.Struct, frozen=True):
    """The query of the page of tasks. `after` is the task that was just done."""

    tab: Literal["today", "week", "later", "done"] = "today"
    cursor: str = ""
    after: Annotated[int, msgspec.Meta(ge=0, le=2**63 - 1)] = 0
