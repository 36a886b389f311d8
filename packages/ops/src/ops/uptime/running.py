"""Puts a prober together and keeps it going."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

from house.site import Site
from ops.uptime import budget, chores, outbox, page, probe, reading
from ops.uptime import store as stores
from ops.uptime.chores import Chore
from ops.uptime.clock import Clock, SystemClock
from ops.uptime.controls import Controls
from ops.uptime.diary import Diary
from ops.uptime.heartbeat import EVERY_MS, FRESH_MS, Heartbeat
from ops.uptime.ledger import Ledger
from ops.uptime.outbox import Outbox
from ops.uptime.prober import Pace, Prober
from ops.uptime.spans import HOUR_MS, MINUTE_MS
from ops.uptime.store import Store
from ops.uptime.targets import Target
from ops.uptime.watchman import Watchman

PAGE_EVERY_MS = 5 * MINUTE_MS


class Orders(NamedTuple):
    """What a run was told. `page` is the folder for the status page and `root` the repository, whose frame it wears."""

    site: Site
    folder: Path
    targets: Sequence[Target]
    pace: Pace
    channels: Sequence[str] = ()
    ping: str = ""
    page: Path | None = None
    root: Path = Path()


async def watch(orders: Orders, store: Store, say: Callable[[str], None], clock: Clock | None = None) -> None:
    """Probe until the rounds are done or the task is cancelled; then send what is still due."""
    clock = clock or SystemClock()
    waiting = Outbox(store, orders.channels)
    share = budget.allowed(orders.site.uptime.objective)
    watchman = Watchman(store, waiting, share, orders.site.status_url)
    diary = Diary(store, watchman, orders.folder, [target.key for target in orders.targets], say)
    controls = Controls(orders.site.uptime.controls, clock)
    async with probe.client() as http:
        prober = Prober(diary, lambda target: probe.attempt(http, target), controls.online, clock=clock, say=say)
        planned = _chores(orders, waiting, prober=prober, clock=clock)
        working = asyncio.create_task(chores.work(planned, clock, say))
        try:
            await prober.run(orders.targets, orders.pace)
        finally:
            working.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await working
    if orders.pace.rounds:
        # A bounded run has no later: what it found is sent, and drawn, before it ends.
        for fault in await waiting.deliver(clock.now() + outbox.GATHER_MS, outbox.by_apprise):
            say(f"alerts: {fault}")
        for chore in planned:
            if chore.name == "status page":
                for fault in await chores.attempted(chore):
                    say(f"{chore.name}: {fault}")


def _chores(orders: Orders, waiting: Outbox, *, prober: Prober, clock: Clock) -> list[Chore]:
    heart = Heartbeat(orders.ping) if orders.ping else None

    async def deliver() -> list[str]:
        return await waiting.deliver(clock.now(), outbox.by_apprise)

    async def beat() -> list[str]:
        fresh = prober.kept_at is not None and clock.ticks() - prober.kept_at < FRESH_MS
        fault = await heart.beat() if heart and fresh else ""
        return [fault] if fault else []

    async def draw() -> list[str]:
        await asyncio.to_thread(_draw, orders, clock.now())
        return []

    async def forget() -> list[str]:
        await asyncio.to_thread(_forget, orders, clock.now())
        waiting.forget_old(clock.now())
        return []

    return [
        Chore("alerts", chores.STEP_MS, deliver),
        Chore("heartbeat", EVERY_MS, beat),
        Chore("status page", PAGE_EVERY_MS, draw),
        Chore("retention", HOUR_MS, forget),
    ]


# What reads much has a thread and a connection of its own, so that no probe seems slow because of it.


def _draw(orders: Orders, now: int) -> None:
    if orders.page is None:
        return
    with contextlib.closing(stores.existing(orders.folder)) as own:
        status = reading.status(own, orders.folder, orders.targets, orders.site, now)
    page.write(status, orders.site, orders.root, orders.page)


def _forget(orders: Orders, now: int) -> None:
    with contextlib.closing(stores.existing(orders.folder)) as own:
        planned = reading.planned(orders.folder, orders.targets)
        Ledger(own, planned, now).forget_old([target.key for target in orders.targets])
