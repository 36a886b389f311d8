"""A post as parsed from its file."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import NamedTuple


class Post(NamedTuple):
    """The front matter of a post or a page. Times are ISO 8601 in UTC, so that they sort as text.

    `line` is the line of the file where the body begins. A page has no date.
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


def format_timestamp(moment: datetime) -> str:
    """Returns the moment in ISO 8601, UTC, whole seconds."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
