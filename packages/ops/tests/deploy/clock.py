"""A clock that stands still until somebody rests."""

from __future__ import annotations

START = 1_800_000_000.0


class SetClock:
    def __init__(self) -> None:
        self._now = START
        self.rests = 0

    def now(self) -> float:
        return self._now

    def rest(self, seconds: float) -> None:
        assert seconds > 0
        self._now += seconds
        self.rests += 1

    @property
    def passed(self) -> float:
        """Seconds since the start."""
        return self._now - START
