"""The time, so that tests can set it."""

from __future__ import annotations

import asyncio
import time
from typing import Protocol


class Clock(Protocol):
    def now(self) -> int:
        """Milliseconds since 1970, UTC. People and machines move it."""

    def ticks(self) -> int:
        """Milliseconds since some moment. Nobody moves it."""

    async def rest(self, milliseconds: int) -> None:
        """Let so much time pass by `ticks`."""


class SystemClock:
    def now(self) -> int:
        return time.time_ns() // 1_000_000

    def ticks(self) -> int:
        return time.monotonic_ns() // 1_000_000

    async def rest(self, milliseconds: int) -> None:
        await asyncio.sleep(milliseconds / 1000)
