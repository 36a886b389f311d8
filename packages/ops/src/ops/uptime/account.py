"""The account of a target: where each millisecond of a window went.

A verdict counts from the moment its probe began until the next verdict, and no longer than its own `hold_ms`. What no
verdict covers is unknown. Time in an announced maintenance is maintenance, whatever was seen in it.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction
from typing import NamedTuple

import msgspec

from ops.uptime import spans
from ops.uptime.spans import Span


class Outcome(enum.IntEnum):
    """Of two verdicts about one moment the greater one stands."""

    UNKNOWN = 0
    UP = 1
    DOWN = 2


class Record(NamedTuple):
    """One verdict. `latency_ms` is that of the answer, and means nothing unless the outcome is UP."""

    at: int
    outcome: Outcome
    hold_ms: int
    latency_ms: int = 0
    retried: bool = False


class Account(msgspec.Struct, frozen=True, kw_only=True):
    """Milliseconds by state, which together are the window; probes by outcome; answers by the milliseconds they took.

    Probes in maintenance are left out. `blips` are the good ones whose first try failed.
    """

    up: int = 0
    down: int = 0
    unknown: int = 0
    maintenance: int = 0
    good: int = 0
    bad: int = 0
    unsure: int = 0
    blips: int = 0
    latencies: dict[int, int] = {}

    def __add__(self, other: Account) -> Account:
        latencies = dict(self.latencies)
        for took, count in other.latencies.items():
            latencies[took] = latencies.get(took, 0) + count
        sums = {name: getattr(self, name) + getattr(other, name) for name in self.__struct_fields__[:-1]}
        return Account(**sums, latencies=latencies)

    @property
    def window(self) -> int:
        return self.up + self.down + self.unknown + self.maintenance

    @property
    def by_time(self) -> Fraction | None:
        """Share of the known time in which it was up; none where nothing is known."""
        return Fraction(self.up, self.up + self.down) if self.up + self.down else None

    @property
    def by_probes(self) -> Fraction | None:
        return Fraction(self.good, self.good + self.bad) if self.good + self.bad else None

    @property
    def coverage(self) -> Fraction | None:
        """Share of the window, maintenance left out, about which something is known."""
        asked = self.window - self.maintenance
        return Fraction(self.up + self.down, asked) if asked else None

    def percentile(self, percent: int) -> int | None:
        """The nearest-rank percentile of the latencies, in milliseconds; none without an answer."""
        rank = -(-sum(self.latencies.values()) * percent // 100)
        seen = 0
        for took in sorted(self.latencies):
            seen += self.latencies[took]
            if seen >= rank:
                return took
        return None


def of(records: Sequence[Record], maintenance: Iterable[Span], begin: int, end: int) -> Account:
    """The account of the window. `records` are in order, one for a moment, and include the last one before `begin`."""
    planned = spans.within(spans.merged(maintenance), begin, end)
    time = {Outcome.UP: 0, Outcome.DOWN: 0}
    for span, outcome in stretches(records, begin, end):
        time[outcome] += span.length - (spans.covered(planned, *span) if planned else 0)
    paused = spans.covered(planned, begin, end)
    seen = [record for record in records if begin <= record.at < end and not spans.holds(planned, record.at)]
    counts = {outcome: sum(record.outcome is outcome for record in seen) for outcome in Outcome}
    latencies: dict[int, int] = {}
    for record in seen:
        if record.outcome is Outcome.UP:
            latencies[record.latency_ms] = latencies.get(record.latency_ms, 0) + 1
    return Account(
        up=time[Outcome.UP],
        down=time[Outcome.DOWN],
        unknown=end - begin - paused - sum(time.values()),
        maintenance=paused,
        good=counts[Outcome.UP],
        bad=counts[Outcome.DOWN],
        unsure=counts[Outcome.UNKNOWN],
        blips=sum(record.retried and record.outcome is Outcome.UP for record in seen),
        latencies=latencies,
    )


def stretches(records: Sequence[Record], begin: int, end: int) -> Iterator[tuple[Span, Outcome]]:
    """The stretches of the window in which the target is known to have been up or down."""
    for number, record in enumerate(records):
        if record.outcome is Outcome.UNKNOWN:
            continue
        until = record.at + record.hold_ms
        if number + 1 < len(records):
            until = min(until, records[number + 1].at)
        span = Span(record.at, until).clipped(begin, end)
        if span.length > 0:
            yield span, record.outcome
