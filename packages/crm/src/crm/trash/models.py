"""A record that was deleted."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Literal

import msgspec

Kind = Literal["lead", "contact", "company"]
Rows = dict[str, list[dict[str, Any]]]
"""By table, the rows that went with a record, as they were."""
KEPT = timedelta(days=30)
"""After so long it is gone for good."""


class Trashed(msgspec.Struct, frozen=True):
    """A deleted record: `record_id` is its number, under which it comes back; `by_name` deleted it at `at`."""

    id: int
    kind: Kind
    record_id: int
    name: str
    by_name: str
    at: datetime


class Forget(msgspec.Struct, frozen=True):
    """The form that ends a record for good: its name, typed."""

    name: str = ""
