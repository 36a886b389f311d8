"""A file of a lead, a contact or a company."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

import msgspec

from crm.records.base import Placed

MAX_ENDING = 5


class File(Placed, frozen=True):
    """It has exactly one place. `content_type` is what name and content say, whatever the sender claims.

    `size` is in bytes.
    """

    id: int
    name: str
    content_type: str
    size: int
    lead_id: int | None
    contact_id: int | None
    company_id: int | None
    by_kind: Literal["person", "key", "visitor", "system"]
    by_id: int | None
    by_name: str
    version: int
    created_at: datetime
    updated_at: datetime

    @property
    def kind(self) -> str:
        """Its type as people know it: the ending of the name."""
        ending = self.name.rpartition(".")[2]
        return ending.upper() if "." in self.name and ending.isalnum() and len(ending) <= MAX_ENDING else "File"


class Stored(msgspec.Struct, frozen=True):
    """Content that was stored, and what is known of it. No record has it yet. `digest` is its SHA-256."""

    name: str
    content_type: str
    size: int
    content_id: int
    digest: str = ""
