"""A post as its author wrote it, read and checked."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import NamedTuple


class Post(NamedTuple):
    """What a file says about itself. Times are ISO 8601 in UTC, so that they sort as text.

    `line` is where the body begins. A page has the same shape and needs no date.
    """

    file: str
    slug: str
    title: str
    description: str
    date: str
    updated: str
    tags: tuple[str, ...]
    author: str
    draft: bool
    image: str
    image_alt: str
    aliases: tuple[str, ...]
    line: int


def stamp(at: datetime) -> str:
    """A moment as it is stored and compared: ISO 8601, UTC, whole seconds."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
