"""Asks again until an answer comes or the time is up."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from ops.cli.clock import Clock, SystemClock

Answer = TypeVar("Answer")


def poll(
    ask: Callable[[], Answer | None],
    *,
    timeout_s: float,
    interval_s: float = 0.05,
    clock: Clock | None = None,
) -> Answer | None:
    """Returns the first answer that is not None, or None after `timeout_s` seconds. Asks at least once."""
    clock = clock or SystemClock()
    deadline = clock.now() + timeout_s
    while (answer := ask()) is None:
        if clock.now() >= deadline:
            return None
        clock.sleep(interval_s)
    return answer
