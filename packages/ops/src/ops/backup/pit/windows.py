"""Which seconds can be reached: pure reckoning over bases, names of files and the forks of timelines.

A base and the unbroken run of WAL after it reach from the base's end to the last transaction in that run.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import NamedTuple

from ops.backup.pit import segments
from ops.backup.pit.papers import Base
from ops.backup.pit.segments import position
from ops.backup.pit.wal import Wal


class Reach(NamedTuple):
    """`run` are the files of WAL to replay on `base`. `until` is None where no transaction ended after the base."""

    base: Base
    timeline: int
    run: tuple[str, ...]
    until: datetime | None

    @property
    def since(self) -> datetime:
        return self.base.ended_at


class Window(NamedTuple):
    """Any second of it can be reached, both ends included."""

    system: str
    timeline: int
    since: datetime
    until: datetime
    bases: tuple[str, ...]


class Hole(NamedTuple):
    """Files that are missing or broken, first and last, with what is known of why."""

    system: str
    first: str
    last: str
    files: int
    why: str


def reaches(bases: Sequence[Base], wal: Wal) -> list[Reach]:
    """Every way into the past of one system: each base, along each timeline that leads on from it."""
    return [
        _reach(base, wal, timeline)
        for base in bases
        if base.system == wal.system
        for timeline in sorted({base.timeline, *wal.timelines})
        if leads(base, timeline, wal)
    ]


def windows(found: Sequence[Reach]) -> list[Window]:
    """What `found` reaches, with what overlaps on one timeline put together."""
    joined: list[Window] = []
    for each in sorted(found, key=lambda each: (each.base.system, each.timeline, each.since)):
        if each.until is None:
            continue
        before = joined[-1] if joined else None
        same = before and (before.system, before.timeline) == (each.base.system, each.timeline)
        if before and same and each.since <= before.until:
            until, bases = max(before.until, each.until), (*before.bases, each.base.name)
            joined[-1] = before._replace(until=until, bases=bases)
        else:
            joined.append(Window(each.base.system, each.timeline, each.since, each.until, (each.base.name,)))
    return joined


def holes(bases: Sequence[Base], wal: Wal) -> list[Hole]:
    """What is missing between the oldest base and the newest file of each timeline that leads on from it."""
    missing: set[str] = set()
    order: list[str] = []
    for base in bases:
        if base.system != wal.system:
            continue
        for timeline in sorted({base.timeline, *wal.timelines}):
            if leads(base, timeline, wal):
                for name in _path(base, wal, timeline):
                    if not wal.has(name) and name not in missing:
                        missing.add(name)
                        order.append(name)
    histories = [f"{timeline:08X}.history" for timeline in wal.timelines if wal.forks(timeline) is None]
    size = bases[0].segment_size if bases else 1
    ranges: list[list[str]] = []
    for name in sorted(order):
        follows = ranges and segments.timeline(ranges[-1][-1]) == segments.timeline(name)
        if follows and segments.number(name, size) == segments.number(ranges[-1][-1], size) + 1:
            ranges[-1].append(name)
        else:
            ranges.append([name])
    return [
        Hole(
            wal.system, each[0], each[-1], len(each), next((wal.broken[n] for n in each if n in wal.broken), "missing")
        )
        for each in [*ranges, *([name] for name in histories)]
    ]


def choose(found: Sequence[Reach], to: datetime | None, timeline: int | None = None) -> Reach | None:
    """The way to a moment, None for the newest end: of the timeline that was lived then, with the least to replay.

    After a restore the old timeline ends where the new one begins to be lived, so the oldest that covers it is meant.
    """
    fit = [each for each in found if timeline is None or each.timeline == timeline]
    if to is None:
        return max(fit, key=lambda each: (each.base.taken_at, each.timeline, each.base.name), default=None)
    fit = [each for each in fit if each.until is not None and each.since <= to <= each.until]
    return min(fit, key=lambda each: (each.timeline, -each.since.timestamp()), default=None)


def leads(base: Base, timeline: int, wal: Wal) -> bool:
    """Does the timeline begin in what the base's own became?"""
    if base.timeline == timeline:
        return True
    return any(of == base.timeline and at >= position(base.stop) for of, at in wal.forks(timeline) or ())


def _path(base: Base, wal: Wal, timeline: int) -> Iterator[str]:
    """The files from the base's end to the newest of the timeline, whether they are there or not."""
    size = base.segment_size
    forks = [(of, at // size) for of, at in wal.forks(timeline) or ()]
    newest = max((segments.number(name, size) for name in wal.names(timeline)), default=-1)
    for number in range((position(base.stop) - 1) // size + 1, newest + 1):
        # The file in which a timeline was left is written anew by the next one.
        yield segments.named(next((of for of, left in forks if number < left), timeline), number, size)


def _reach(base: Base, wal: Wal, timeline: int) -> Reach:
    run: list[str] = []
    for name in _path(base, wal, timeline):
        if not wal.has(name):
            break
        run.append(name)
    while True:
        broken = len(wal.broken)
        until = next((last for name in reversed(run) if (last := wal.last(name))), None)
        if len(wal.broken) == broken:
            break
        run = run[: next(place for place, name in enumerate([*run, ""]) if name in wal.broken or not name)]
    return Reach(base, timeline, tuple(run), until if until and until > base.ended_at else None)
