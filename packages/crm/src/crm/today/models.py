"""What the day is made of."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Literal

import msgspec


class Card(msgspec.Struct, frozen=True):
    """One lead that needs somebody, and why."""

    why: Literal["waiting", "due", "quiet"]
    id: int
    name: str
    company: str
    status: str
    value: Decimal
    currency: str
    next_action: str
    next_action_on: date | None
    message: str
    since: datetime
    """When it began to wait: received, or last touched."""


class Pile(msgspec.Struct, frozen=True):
    """Cards of one kind, and how many there are beyond those shown."""

    cards: list[Card]
    total: int


class Week(msgspec.Struct, frozen=True):
    """The last seven days. `response` is the median time to the first answer, None when nothing was answered."""

    enquiries: int
    answered: int
    response: timedelta | None
    won: int
    won_value: Decimal


class Steps(msgspec.Struct, frozen=True):
    """What a new system still has to do once; each turns true when it has happened."""

    enquiry: bool
    next_action: bool
    channel: bool
    key: bool

    @property
    def done(self) -> bool:
        return self.enquiry and self.next_action and self.channel and self.key
