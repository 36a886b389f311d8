"""The events of leads. `lead` is the record as the API gives it."""

from __future__ import annotations

from typing import Any

from crm.event_names import EventName
from crm.kernel.actor import Actor
from crm.kernel.events import Event
from crm.records.base import RecordEvents
from crm.records.leads.models import public
from crm.records.stages import Status

EVENTS = RecordEvents("lead", public, created_with=("open_lead", dict[str, Any] | None))
"""The event of a new lead also names another open lead of the same person, if there is one."""


class LeadStatusChanged(Event, frozen=True):
    """`previous` and `status` are keys of stages; the names are those of that moment."""

    kind = EventName.LEAD_STATUS_CHANGED
    lead: dict[str, Any]
    previous: Status
    status: Status
    previous_name: str
    status_name: str
    by: Actor


class LeadAssigned(Event, frozen=True):
    """A lead got an owner, or another one."""

    kind = EventName.LEAD_ASSIGNED
    lead: dict[str, Any]
    previous_owner_id: int | None
    by: Actor


class LeadSynthetic(Event, frozen=True):
    """A signed test enquiry became a lead. It has a name of its own, so that nobody mistakes it for work."""

    kind = EventName.LEAD_SYNTHETIC
    lead: dict[str, Any]
    by: Actor
