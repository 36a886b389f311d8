"""The data of the Today page."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Literal

import msgspec

from crm.records.leads import LeadCard
from crm.records.tasks import Task


class Card(LeadCard, frozen=True):
    """A lead that needs attention, and the reason."""

    message: str
    email: str
    phone: str
    channel: str
    source: str
    referrer: str | None
    """The site that the first visit came from."""
    owner: str | None
    named: bool
    """Whether somebody gave it a title."""
    since: datetime
    """When the lead was received, or last changed."""
    reason: Literal["waiting", "due", "quiet"]


class CardGroup(msgspec.Struct, frozen=True):
    """The first cards of one kind, and the total number of them."""

    cards: list[Card]
    total: int


class DueTasks(msgspec.Struct, frozen=True):
    """The first tasks that are due and no next step of an open lead, and how many tasks `url` lists in all."""

    tasks: list[Task]
    total: int
    url: str


class Week(msgspec.Struct, frozen=True):
    """The last 7 days. `response` is the median time to the first answer, or None without any answer."""

    enquiries: int
    answered: int
    response: timedelta | None
    won: int
    won_totals: list[tuple[str, Decimal]]
    """The value of what was won, for each currency."""


class SetupSteps(msgspec.Struct, frozen=True):
    """The steps of the first setup. Each is true once it is done."""

    enquiry: bool
    next_action: bool
    channel: bool
    key: bool

    @property
    def done(self) -> bool:
        return self.enquiry and self.next_action and self.channel and self.key
