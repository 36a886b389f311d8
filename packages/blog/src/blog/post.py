"""A post as parsed from its file."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import NamedTuple


class Post(NamedTuple):
    """The front matter of a post or a page. `line` is the line of the file where the body begins.

    `date` and `updated` are ISO 8601 with the offset that readers see. `published_at` and `updated_at` are the same
    moments in UTC, so that they sort as text. A page has no date. `language` is empty
    if it is that of the site.
    """

    file: str
    slug: str
    title: str
    description: str
    date: str
    updated: str
    published_at: str
    updated_at: str
    tags: tuple[str, ...]
    author: str
    draft: bool
    image: str
    image_alt: str
    aliases: tuple[str, ...]
    language: str
    line: int


def format_timestamp(moment: datetime) -> str:
    """Returns the moment in ISO 8601, UTC, whole seconds. Raises `OverflowError` outside the years 1 to 9999."""
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="seconds") + "Z"


def format_local(moment: datetime) -> str:
    """Returns the moment in ISO 8601 with its own offset, whole seconds."""
    text = moment.isoformat(timespec="seconds")
    return text.removesuffix("+00:00") + "Z" if text.endswith("+00:00") else text


def is_hidden(post: Post, now: str) -> bool:
    """Returns whether readers may not see the post at `now`: it is a draft, or its date lies ahead."""
    return post.draft or post.published_at > now
