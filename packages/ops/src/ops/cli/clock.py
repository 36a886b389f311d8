"""The time, so that tests can set it."""

from __future__ import annotations

import time
from typing import Protocol


class Clock(Protocol):
    def now(self) -> float:
        """Returns seconds since 1970, UTC."""

    def sleep(self, seconds: float) -> None:
        """Waits for that long."""


class SystemClock:
    """Reads the wall clock once and counts on from there, so that a corrected clock does not end a wait early."""

    def __init__(self) -> None:
        self._offset = time.time() - time.monotonic()

    def now(self) -> float:
        return self._offset + time.monotonic()

    def sleep(self, seconds: float) -> None:
        time.sleep(seconds)
