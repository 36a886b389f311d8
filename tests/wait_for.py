"""Waits for a condition, up to a limit."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

T = TypeVar("T")

STEP_S = 0.02


async def wait_for(condition: Callable[[], Awaitable[T]], what: str, seconds: float = 60) -> T:
    """Return the first true result of `condition`. After so many seconds, fail and say `what` is missing."""
    deadline = time.monotonic() + seconds
    while not (found := await condition()):
        assert time.monotonic() < deadline, f"After {seconds:.0f} s still not: {what}."
        await asyncio.sleep(STEP_S)
    return found
