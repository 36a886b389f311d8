"""The long-lived prober: a loop for each target, and one for what is to be done now and then."""

from __future__ import annotations

import asyncio
import random
import sqlite3
from collections.abc import Awaitable, Callable, Sequence

import msgspec

from ops.uptime import verdict
from ops.uptime.account import Outcome
from ops.uptime.clock import Clock
from ops.uptime.diary import Diary, Say
from ops.uptime.probe import Attempt
from ops.uptime.spans import SECOND_MS
from ops.uptime.targets import Target

JITTER = 0.1
MISSED_PROBES = 3
"""A verdict is believed for so many intervals: a slow answer, checked twice, must not open a gap."""
SLOWEST_MS = 60 * SECOND_MS


class Pace(msgspec.Struct, frozen=True):
    """How often each target is probed, and how many times; 0 is for ever."""

    every_ms: int
    rounds: int = 0

    @property
    def hold_ms(self) -> int:
        return MISSED_PROBES * self.every_ms


class Prober:
    """`attempt` makes one try at a target; `online` says whether our own network works."""

    def __init__(
        self,
        diary: Diary,
        attempt: Callable[[Target], Awaitable[Attempt]],
        online: Callable[[], Awaitable[bool]],
        *,
        clock: Clock,
        say: Say,
        chance: random.Random | None = None,
    ) -> None:
        self._diary = diary
        self._attempt = attempt
        self._online = online
        self._clock = clock
        self._say = say
        self._chance = chance or random.Random()  # noqa: S311 spreads the load, keeps no secret
        self.kept_at: int | None = None

    async def run(self, targets: Sequence[Target], pace: Pace) -> None:
        """Watch all targets, spread over the interval, until the rounds are done or the task is cancelled."""
        async with asyncio.TaskGroup() as group:
            for number, target in enumerate(targets):
                # A bounded run is waited for, so it begins at once.
                phase = 0 if pace.rounds else number * pace.every_ms // len(targets)
                group.create_task(self._watch(target, pace, phase))

    async def _watch(self, target: Target, pace: Pace, phase: int) -> None:
        await self._clock.rest(phase)
        wait, done = pace.every_ms, 0
        while True:
            began = self._clock.ticks()
            reached = await self.probe(target, pace.hold_ms)
            # While we have no network ourselves, asking often is of no use to anybody.
            wait = min(wait * 2, max(SLOWEST_MS, pace.every_ms)) if reached is Outcome.UNKNOWN else pace.every_ms
            done += 1
            if done == pace.rounds:
                return
            jitter = round(self._chance.uniform(-JITTER, JITTER) * wait)
            await self._clock.rest(max(0, wait + jitter - (self._clock.ticks() - began)))

    async def probe(self, target: Target, hold_ms: int) -> Outcome:
        """One verdict, kept on disk. A disk that does not take it is told of, and the watch goes on."""
        reached = await verdict.reach(self._clock.now(), lambda: self._attempt(target), self._online)
        try:
            self._diary.note(target, reached, hold_ms)
            self.kept_at = self._clock.ticks()
        except (sqlite3.Error, OSError) as fault:
            self._say(f"{target.name}: the verdict could not be kept: {fault}. Is the disk full?")
        return reached.outcome
