"""What a running prober does now and then: send messages, beat its heart, make the status page, forget the old."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import NamedTuple

from ops.uptime.clock import Clock
from ops.uptime.diary import Say

STEP_MS = 5000


class Chore(NamedTuple):
    """`do` gives what went wrong, in sentences."""

    name: str
    every_ms: int
    do: Callable[[], Awaitable[list[str]]]


async def work(chores: list[Chore], clock: Clock, say: Say) -> None:
    """Do each chore when its time has come, one after another, for ever. The same fault is told once in a row."""
    done = {chore.name: clock.ticks() for chore in chores}
    told: dict[str, list[str]] = {}
    while True:
        for chore in chores:
            if clock.ticks() - done[chore.name] < chore.every_ms:
                continue
            done[chore.name] = clock.ticks()
            faults = await attempted(chore)
            for fault in faults:
                if faults != told.get(chore.name):
                    say(f"{chore.name}: {fault}")
            told[chore.name] = faults
        await clock.rest(STEP_MS)


async def attempted(chore: Chore) -> list[str]:
    """Do it once. Whatever happens in a chore, the watch goes on, so every fault is told and none is raised."""
    try:
        return await chore.do()
    except Exception as fault:
        return [f"{type(fault).__name__}: {fault}"]
