"""What receivers are told about companies."""

from __future__ import annotations

from typing import ClassVar

from crm.companies.models import Company
from crm.kernel.actor import Actor
from crm.kernel.events import Event


class CompanyCreated(Event, frozen=True):
    kind: ClassVar[str] = "company.created"
    company: Company
    by: Actor


class CompanyChanged(Event, frozen=True):
    kind: ClassVar[str] = "company.changed"
    company: Company
    changed: list[str]
    by: Actor


class CompanyDeleted(Event, frozen=True):
    kind: ClassVar[str] = "company.deleted"
    company: Company
    by: Actor


class CompanyRestored(Event, frozen=True):
    """A deleted company is back, under the number it had."""

    kind: ClassVar[str] = "company.restored"
    company: Company
    by: Actor
