"""What webhooks receive about companies."""

from __future__ import annotations

from crm.companies.models import Company
from crm.event_names import EventName
from crm.kernel.actor import Actor
from crm.kernel.events import Event


class CompanyCreated(Event, frozen=True):
    kind = EventName.COMPANY_CREATED
    company: Company
    by: Actor


class CompanyChanged(Event, frozen=True):
    kind = EventName.COMPANY_CHANGED
    company: Company
    changed: list[str]
    by: Actor


class CompanyDeleted(Event, frozen=True):
    kind = EventName.COMPANY_DELETED
    company: Company
    by: Actor


class CompanyRestored(Event, frozen=True):
    """A deleted company is back, under the number it had."""

    kind = EventName.COMPANY_RESTORED
    company: Company
    by: Actor
