"""What a record shows of others."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

import msgspec


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


class RelatedEmail(msgspec.Struct, frozen=True):
    """What a timeline shows of an e-mail besides its text."""

    id: int
    direction: str
    kind: str
    subject: str
    sent_to: list[str]
    quoted: str
    verified: bool


class Bounce(msgspec.Struct, frozen=True):
    """Why mail to an address was returned, and when."""

    email: str
    reason: str
    at: datetime


class RelatedContact(msgspec.Struct, frozen=True):
    """A contact as the page of its company lists it."""

    id: int
    name: str
    email: str
    phone: str
    job_title: str
