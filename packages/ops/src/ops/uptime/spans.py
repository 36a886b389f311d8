"""Stretches of time in whole milliseconds since 1970, UTC. The end is the first moment that no longer belongs."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

SECOND_MS = 1000
MINUTE_MS = 60 * SECOND_MS
HOUR_MS = 60 * MINUTE_MS
DAY_MS = 24 * HOUR_MS


class Span(NamedTuple):
    begin: int
    end: int

    def clipped(self, begin: int, end: int) -> Span:
        """The part within `begin` and `end`; of no length where there is none."""
        first = max(self.begin, begin)
        return Span(first, max(first, min(self.end, end)))

    @property
    def length(self) -> int:
        return self.end - self.begin


def merged(spans: Iterable[Span]) -> list[Span]:
    """The same moments in order, each once. Empty and backward spans hold none."""
    found: list[Span] = []
    for span in sorted(each for each in spans if each.length > 0):
        if found and span.begin <= found[-1].end:
            found[-1] = Span(found[-1].begin, max(found[-1].end, span.end))
        else:
            found.append(span)
    return found


def within(spans: Iterable[Span], begin: int, end: int) -> list[Span]:
    """The parts of `spans` that lie between `begin` and `end`."""
    return [part for span in spans if (part := span.clipped(begin, end)).length > 0]


def covered(spans: Iterable[Span], begin: int, end: int) -> int:
    """How many milliseconds between `begin` and `end` lie in `spans`, which must be merged."""
    return sum(span.clipped(begin, end).length for span in spans)


def holds(spans: Iterable[Span], moment: int) -> bool:
    return any(span.begin <= moment < span.end for span in spans)
