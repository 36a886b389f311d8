"""A file of a lead, a contact or a company."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

import msgspec

Place = Literal["lead_id", "contact_id", "company_id"]
PLACES: tuple[Place, ...] = ("lead_id", "contact_id", "company_id")
"""The columns that say which record a file belongs to. Exactly one of them has a value."""
MAX_ENDING = 5
_URLS: dict[Place, str] = {"lead_id": "/leads", "contact_id": "/contacts", "company_id": "/companies"}


class File(msgspec.Struct, frozen=True):
    """`content_type` is what name and content say, whatever the sender claims. `size` is in bytes."""

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
    def place(self) -> dict[Place, int]:
        """The record that it belongs to, such as `{"lead_id": 7}`."""
        return {column: value for column in PLACES if (value := getattr(self, column)) is not None}

    @property
    def kind(self) -> str:
        """Its type as people know it: the ending of the name."""
        ending = self.name.rpartition(".")[2]
        return ending.upper() if "." in self.name and ending.isalnum() and len(ending) <= MAX_ENDING else "File"

    @property
    def place_url(self) -> str:
        """The page of that record."""
        ((column, record_id),) = self.place.items()
        return f"{_URLS[column]}/{record_id}"


class Stored(msgspec.Struct, frozen=True):
    """Content that was stored, and what is known of it. No record has it yet. `digest` is its SHA-256."""

    name: str
    content_type: str
    size: int
    content_id: int
    digest: str = ""
