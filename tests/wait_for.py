"""Waiting for what must come, with an end to it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

T = TypeVar("T")

STEP_S = 0.02


async def wait_for(look: Callable[[], Awaitable[T]], what: str, seconds: float = 60) -> T:
    """The first true thing that `look` gives. Fails, saying `what` did not come, after so many seconds."""
    deadline = time.monotonic() + seconds
    while not (found := await look()):
        assert time.monotonic() < deadline, f"After {seconds:.0f} s still not: {what}."
        await asyncio.sleep(STEP_S)
    return found
