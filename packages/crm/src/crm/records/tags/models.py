"""The data of tags."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Literal

import msgspec

Color = Literal["gray", "red", "orange", "yellow", "green", "teal", "blue", "purple", "pink"]
COLORS: tuple[Color, ...] = ("gray", "red", "orange", "yellow", "green", "teal", "blue", "purple", "pink")


class Tag(msgspec.Struct, frozen=True):
    """A word with a color. Two tags never have the same name, in capitals or not."""

    id: int
    name: str
    color: Color
    version: int
    created_at: datetime
    updated_at: datetime


class MergeableTag(Tag, frozen=True):
    """A tag, and the one that took its place."""

    merged_into: int | None


class TagSet:
    """All tags. Records hold ids, also of tags that were merged into others or deleted since."""

    def __init__(self, tags: Iterable[Tag], merged: Mapping[int, int]) -> None:
        """`tags` are those that exist, by name; `merged` says into which tag another one was merged."""
        self._by_id = {tag.id: tag for tag in tags}
        self._merged = merged

    @property
    def every(self) -> list[Tag]:
        """Those that exist, by name."""
        return [*self._by_id.values()]

    def find(self, tag_id: int) -> Tag | None:
        """The tag with this id, or the one that it was merged into; None if that was deleted."""
        while tag_id in self._merged:
            tag_id = self._merged[tag_id]
        return self._by_id.get(tag_id)

    def of(self, tag_ids: Iterable[int]) -> list[Tag]:
        """The tags that a record shows, each once."""
        found = {tag.id: tag for tag in map(self.find, tag_ids) if tag is not None}
        return sorted(found.values(), key=lambda tag: tag.name.casefold())

    def expand(self, tag_ids: Iterable[int]) -> list[int]:
        """The ids that records may hold for these tags."""
        wanted = {tag.id for tag in self.of(tag_ids)}
        return sorted(
            wanted | {source for source in self._merged if (tag := self.find(source)) is not None and tag.id in wanted}
        )
