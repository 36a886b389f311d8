"""What webhooks receive about leads. `lead` is the record as the API gives it."""

from __future__ import annotations

from typing import Any

from crm.event_names import EventName
from crm.kernel.actor import Actor
from crm.kernel.events import Event
from crm.leads.models import Status


class LeadCreated(Event, frozen=True):
    kind = EventName.LEAD_CREATED
    lead: dict[str, Any]
    by: Actor


class LeadSynthetic(Event, frozen=True):
    """A signed test enquiry became a lead. It is told under a name of its own, so that nobody takes it for work."""

    kind = EventName.LEAD_SYNTHETIC
    lead: dict[str, Any]
    by: Actor


class LeadChanged(Event, frozen=True):
    kind = EventName.LEAD_CHANGED
    lead: dict[str, Any]
    changed: list[str]
    by: Actor


class LeadStatusChanged(Event, frozen=True):
    kind = EventName.LEAD_STATUS_CHANGED
    lead: dict[str, Any]
    previous: Status
    status: Status
    by: Actor


class LeadDeleted(Event, frozen=True):
    kind = EventName.LEAD_DELETED
    lead: dict[str, Any]
    by: Actor


class LeadRestored(Event, frozen=True):
    """A deleted lead is back, under the number it had."""

    kind = EventName.LEAD_RESTORED
    lead: dict[str, Any]
    by: Actor
