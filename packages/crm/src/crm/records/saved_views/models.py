"""The data of saved views."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

import msgspec

ViewKind = Literal["leads", "contacts", "companies"]


class SavedView(msgspec.Struct, frozen=True):
    """`query` is the query of the list's URL: filters, search, order and columns.

    A shared one is for everybody. Without `owner_id` a program saved it.
    """

    id: int
    kind: ViewKind
    name: str
    query: str
    shared: bool
    owner_id: int | None
    version: int
    created_at: datetime
    updated_at: datetime

    @property
    def own(self) -> bool:
        """Whether only its owner sees it."""
        return not self.shared

    @property
    def path(self) -> str:
        """The list as the view shows it."""
        return f"/{self.kind}?view={self.id}{'&' if self.query else ''}{self.query}"


class ListView(msgspec.Struct, frozen=True):
    """A saved view as its list offers it; `pinned` is whether it is in the person's sidebar."""

    view: SavedView
    pinned: bool
