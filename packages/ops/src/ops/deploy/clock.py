"""The time, so that tests can set it."""

from __future__ import annotations

import time
from typing import Protocol


class Clock(Protocol):
    def now(self) -> float:
        """Seconds since 1970."""

    def rest(self, seconds: float) -> None:
        """Let so much time pass."""


class SystemClock:
    """Set once, then counted on: a clock that somebody corrects meanwhile ends no watch."""

    def __init__(self) -> None:
        self._start = time.time() - time.monotonic()

    def now(self) -> float:
        return self._start + time.monotonic()

    def rest(self, seconds: float) -> None:
        time.sleep(seconds)
