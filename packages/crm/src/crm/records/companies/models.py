"""An organization people work for; found or created from a mail domain or a name."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

import msgspec

from crm.records.common import RecordEvents

EVENTS = RecordEvents("company")


class Company(msgspec.Struct, frozen=True):
    """`domain` is that of its e-mail addresses, in small letters, and belongs to one company only."""

    id: int
    name: str
    domain: str | None
    website: str
    phone: str
    notes: str
    demo: bool
    version: int
    created_at: datetime
    updated_at: datetime


class CompanySummary(msgspec.Struct, frozen=True):
    """What the list says of a company. `won` is the value of its won leads in each currency.

    `last_contact` is its last call, meeting or e-mail, or its last enquiry from the site.
    """

    contacts: int
    open_leads: int
    won: dict[str, Decimal]
    last_contact: datetime | None


class RelatedLead(msgspec.Struct, frozen=True):
    """A lead as the page of its contact or company lists it."""

    id: int
    title: str
    status: str
    value: Decimal
    currency: str
    created_at: datetime


class RelatedContact(msgspec.Struct, frozen=True):
    """A contact as the page of its company lists it."""

    id: int
    name: str
    email: str
    phone: str
    job_title: str
