"""The data of the board."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

import msgspec

from crm.records.leads import LeadCard


class Card(LeadCard, frozen=True):
    """A lead on the board. `place` orders the cards of a stage."""

    owner_id: int | None
    status_at: datetime
    place: Decimal


class ColumnValue(msgspec.Struct, frozen=True):
    """What the leads of a stage are worth in one currency, and what of it is expected by the stage's probability."""

    currency: str
    value: Decimal
    weighted: Decimal


class Column(msgspec.Struct, frozen=True):
    """A stage with all its leads counted, and the first of them. `more_after` is the last card if there are more."""

    key: str
    name: str
    probability: int
    stale_days: int
    leads: int
    values: list[ColumnValue]
    cards: list[Card]
    more_after: int | None


class Board(msgspec.Struct, frozen=True):
    """The open stages in their order."""

    columns: list[Column]
