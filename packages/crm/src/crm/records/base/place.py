"""The lead, contact or company that something belongs to."""

from __future__ import annotations

from typing import Literal

import msgspec

PlaceColumn = Literal["lead_id", "contact_id", "company_id"]
PLACES: tuple[PlaceColumn, ...] = ("lead_id", "contact_id", "company_id")
PLACE_FILTERS: dict[str, str] = {column: f"{column} = {{}}" for column in PLACES}
"""The conditions of a list that is filtered by them."""
_URLS: dict[PlaceColumn, str] = {"lead_id": "/leads", "contact_id": "/contacts", "company_id": "/companies"}


class Placed(msgspec.Struct, frozen=True):
    """A record with these columns."""

    @property
    def place(self) -> dict[PlaceColumn, int]:
        """What it belongs to, such as `{"lead_id": 7}`, or nothing."""
        return {column: value for column in PLACES if (value := getattr(self, column)) is not None}

    @property
    def place_url(self) -> str:
        """The page of the first of them, or nothing."""
        return next((f"{_URLS[column]}/{value}" for column, value in self.place.items()), "")
