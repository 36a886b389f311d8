"""What the failures of the last three days say at the moment of the newest verdict."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from ops.uptime import budget, spans
from ops.uptime.alerts import Episode, Signs
from ops.uptime.budget import Bad, Severity
from ops.uptime.spans import Span


class Evidence:
    """`failures` are failed probes, each with the time for which it counts; those in a `planned` maintenance do not."""

    def __init__(self, failures: Sequence[Span], planned: Sequence[Span], at: int, share: Fraction) -> None:
        self.at = at
        self._planned = planned
        self._share = share
        self._failures = failures
        self._bad_at = [span.begin for span in failures if not spans.holds(planned, span.begin)]

    def signs(self, episode: Episode, *, up: bool) -> Signs:
        """What the next step of an episode depends on."""
        new = [at for at in self._bad_at if at > episode.ended]
        return Signs(
            now=self.at,
            severity=budget.severity(self._bad, self._share) if new else Severity.NONE,
            up=up,
            last_bad=self._bad_at[-1] if self._bad_at else 0,
            first_bad=new[0] if new else 0,
            bad_since=len(new),
        )

    def pace(self) -> Fraction:
        """How many times too fast the budget burns, at its worst."""
        return budget.fastest(self._bad, self._share)

    def down_since(self, moment: int) -> int:
        """Milliseconds known to be down since a moment."""
        parts = spans.within(self._failures, moment, self.at + 1)
        return sum(part.length - spans.covered(self._planned, *part) for part in parts)

    def _bad(self, length: int) -> Bad:
        begin = self.at + 1 - length
        return Bad(self.down_since(begin), sum(at >= begin for at in self._bad_at))
