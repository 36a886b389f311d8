"""What receivers are told about leads. `lead` is the record as the API gives it."""

from __future__ import annotations

from typing import Any, ClassVar

from crm.kernel.actor import Actor
from crm.kernel.events import Event
from crm.leads.models import Status


class LeadCreated(Event, frozen=True):
    kind: ClassVar[str] = "lead.created"
    lead: dict[str, Any]
    by: Actor


class LeadSynthetic(Event, frozen=True):
    """A signed test enquiry became a lead. It is told under a name of its own, so that nobody takes it for work."""

    kind: ClassVar[str] = "lead.synthetic"
    lead: dict[str, Any]
    by: Actor


class LeadChanged(Event, frozen=True):
    kind: ClassVar[str] = "lead.changed"
    lead: dict[str, Any]
    changed: list[str]
    by: Actor


class LeadStatusChanged(Event, frozen=True):
    kind: ClassVar[str] = "lead.status_changed"
    lead: dict[str, Any]
    previous: Status
    status: Status
    by: Actor


class LeadDeleted(Event, frozen=True):
    kind: ClassVar[str] = "lead.deleted"
    lead: dict[str, Any]
    by: Actor


class LeadRestored(Event, frozen=True):
    """A deleted lead is back, under the number it had."""

    kind: ClassVar[str] = "lead.restored"
    lead: dict[str, Any]
    by: Actor
