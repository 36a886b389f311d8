"""The data of the search."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

import msgspec

Kind = Literal["leads", "contacts", "companies", "tasks", "activities"]
KINDS: tuple[Kind, ...] = ("leads", "contacts", "companies", "tasks", "activities")
"""In the order of the results."""
Match = Literal["exact", "partial", "similar"]


class SearchHit(msgspec.Struct, frozen=True):
    """A record that matches.

    `match` is `exact` for whole words, `partial` for parts of words, `similar` for words with a typo. `excerpt` is the
    text around the first word that was found. `path` is the record's page.
    """

    id: int
    title: str
    detail: str
    excerpt: str
    match: Match
    path: str
    at: datetime


class SearchGroup(msgspec.Struct, frozen=True):
    """The best matches of one kind, best first. `more` says that there are others."""

    kind: Kind
    data: list[SearchHit]
    more: bool


class SearchResult(msgspec.Struct, frozen=True):
    """The kinds with at least one match."""

    groups: list[SearchGroup]


class Found(msgspec.Struct, frozen=True):
    """What a result shows of a record. `body` is the text that the excerpt is taken from."""

    title: str
    detail: str
    body: str
    path: str
    at: datetime
