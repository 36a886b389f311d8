"""The data of the trash."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Literal

import msgspec

Kind = Literal["lead", "contact", "company"]
Rows = dict[str, list[dict[str, Any]]]
"""The rows of a deleted record, by table."""
RETENTION = timedelta(days=30)
"""How long a record stays in the trash."""


class TrashEntry(msgspec.Struct, frozen=True):
    """A deleted record. It keeps `record_id` when it is restored; `by_name` deleted it at `at`.

    `title` is that of a lead, and empty for others.
    """

    id: int
    kind: Kind
    record_id: int
    name: str
    by_name: str
    at: datetime
    title: str
