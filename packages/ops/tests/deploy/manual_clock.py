"""A clock that stands still until somebody sleeps."""

from __future__ import annotations

START = 1_800_000_000.0


class ManualClock:
    def __init__(self) -> None:
        self._now = START
        self.sleeps = 0

    def now(self) -> float:
        return self._now

    def sleep(self, seconds: float) -> None:
        assert seconds > 0
        self._now += seconds
        self.sleeps += 1

    @property
    def elapsed(self) -> float:
        """Seconds since the start."""
        return self._now - START
