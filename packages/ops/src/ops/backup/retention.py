"""Which backups are kept: grandfather, father, son.

It counts the days, weeks, months and years that have a backup and asks no clock, so a clock that jumps deletes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import NamedTuple


class Keep(NamedTuple):
    """How many of each: the last ones, then the newest of so many days, weeks, months and years."""

    last: int = 3
    daily: int = 7
    weekly: int = 5
    monthly: int = 12
    yearly: int = 3


class Stamp(NamedTuple):
    """What retention needs to know of a backup."""

    name: str
    taken_at: datetime
    proven: bool = False


TIERS: Sequence[tuple[str, Callable[[datetime], object]]] = (
    ("daily", lambda at: at.date()),
    ("weekly", lambda at: at.isocalendar()[:2]),
    ("monthly", lambda at: (at.year, at.month)),
    ("yearly", lambda at: at.year),
)


def reasons(stamps: Iterable[Stamp], keep: Keep) -> dict[str, list[str]]:
    """Why each backup is kept, for stamps from oldest to newest; an empty list where nothing keeps it."""
    newest_first = list(stamps)[::-1]
    why: dict[str, list[str]] = {stamp.name: [] for stamp in newest_first}
    if not newest_first:
        return why
    why[newest_first[0].name].append("newest")
    proven = next((stamp for stamp in newest_first if stamp.proven), None)
    if proven:
        why[proven.name].append("last proven")
    for stamp in newest_first[: keep.last]:
        why[stamp.name].append("last")
    for (tier, bucket), most in zip(TIERS, keep[1:], strict=True):
        seen: set[object] = set()
        for stamp in newest_first:
            if len(seen) == most:
                break
            if bucket(stamp.taken_at) not in seen:
                seen.add(bucket(stamp.taken_at))
                why[stamp.name].append(tier)
    return why
