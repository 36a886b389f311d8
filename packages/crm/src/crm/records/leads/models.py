"""A lead: one opportunity on the pipeline."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any, Literal

import msgspec

from crm.records import stages
from crm.records.leads.fields import with_form_fields
from crm.records.stages import CLOSED, Status

Channel = Literal["site", "api", "manual"]


@with_form_fields(lambda _: str)
class Lead(msgspec.Struct, frozen=True):
    """A lead keeps the words it came with; the contact and company it points to hold what is known today.

    `title` is the one it was given, or else the first words of its message. `value` is in `currency` (ISO 4217),
    `hours` the estimated work, `starts_on` the day it starts or is expected to. `received_at` is when the visitor sent
    it, which may be before `created_at`; `status_at` when it reached its status. A `synthetic` one only tests the way.
    """

    id: int
    reference: str
    title: str
    name: str
    email: str
    phone: str
    company: str
    message: str
    channel: Channel
    status: Status
    value: Decimal
    currency: str
    hours: int
    next_action: str
    next_action_on: date | None
    lost_reason: str
    starts_on: date | None
    owner_id: int | None
    contact_id: int | None
    company_id: int | None
    first_touch: dict[str, Any] | None
    last_touch: dict[str, Any] | None
    tag_ids: list[int]
    demo: bool
    synthetic: bool
    version: int
    received_at: datetime
    status_at: datetime
    created_at: datetime
    updated_at: datetime

    @property
    def closed(self) -> bool:
        return self.status in CLOSED


LOST_REASONS = ("No budget", "Chose somebody else", "No answer", "Not a fit for us", "Put off")
"""The reasons to choose from. Words of one's own may follow."""
ASK_AGAIN = "Ask again"
"""The next step of a lost lead that is asked again on a day."""


class OpenLead(msgspec.Struct, frozen=True):
    """What a new lead shows of another open lead of the same person."""

    id: int
    reference: str
    title: str
    name: str
    company: str
    status: Status
    value: Decimal
    currency: str
    created_at: datetime


def round_value(value: float) -> Decimal:
    """The value of a form, to the cent."""
    return Decimal(str(round(value, 2)))


def public(lead: Lead) -> dict[str, Any]:
    """The lead as the API gives it, `value` being a number."""
    return {**msgspec.to_builtins(lead), "value": float(lead.value)}


def show_open(lead: OpenLead | Lead) -> dict[str, Any]:
    """The open lead as messages receive it, `value` being a number and its stage having a name."""
    shown = OpenLead(*(getattr(lead, name) for name in OpenLead.__struct_fields__))
    name = stages.current().name_of(lead.status)
    return {**msgspec.to_builtins(shown), "value": float(lead.value), "status_name": name}


class LeadCard(msgspec.Struct, frozen=True):
    """What a card shows of a lead. `queries.CARD_COLUMNS` reads it."""

    id: int
    title: str
    name: str
    company: str
    status: str
    value: Decimal
    currency: str
    next_action: str
    next_action_on: date | None
