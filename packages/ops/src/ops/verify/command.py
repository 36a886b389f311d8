"""Runs `ops verify` as a program: walks the plan, tells the results, ends with a status."""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Collection, Mapping

from rich.console import Console

from ops.verify import plan, report, target
from ops.verify.access import lent
from ops.verify.checks import Door, Group, Lane, Result, Watcher, ask, kept, not_reached, walk
from ops.verify.client import Client
from ops.verify.outputs import Outputs
from ops.verify.plan import Orders, Plan, Visit
from ops.verify.progress import shown
from ops.verify.receiver import listening
from ops.verify.report import Report
from ops.verify.target import Target

KEPT, BROKEN, CANNOT = 0, 1, 2


def run(
    environ: Mapping[str, str],
    where: str,
    *,
    only: Collection[Group] = (),
    orders: Orders = Orders(),  # noqa: B008 it is frozen
    outputs: Outputs = Outputs(),  # noqa: B008
    as_json: bool = False,
) -> int:
    """The exit status: 0 when every promise is kept, 1 when one is broken, 2 when it cannot be asked or told."""
    # Progress goes where it cannot end up in a file of results.
    progress = Console(stderr=True, highlight=False)
    try:
        house = target.named(where, environ)
        found = asyncio.run(verified(house, environ, only=only, orders=orders, console=progress))
        outputs.write(found)
    except (target.BadTarget, OSError) as fault:
        progress.print(f"✗ {fault}", style="bold red", markup=False, soft_wrap=True)
        return CANNOT
    if as_json:
        sys.stdout.buffer.write(report.document(found) + b"\n")
    else:
        # Lines in a file need no breaks.
        report.tell(found, Console(highlight=False, width=None if sys.stdout.isatty() else 200))
    return KEPT if found.ok else BROKEN


async def verified(
    house: Target,
    environ: Mapping[str, str],
    *,
    only: Collection[Group] = (),
    orders: Orders = Orders(),  # noqa: B008 it is frozen
    console: Console | None = None,
) -> Report:
    """Walks every lane at once; the results come in the order of the plan."""
    began = time.monotonic()
    client = Client(house)
    try:
        async with lent(house, environ) as key:
            with listening() as receiver, listening() as trials:
                visit = Visit(client, key, receiver, trials, environ, orders)
                chosen = plan.planned(visit).only(only)
                with shown(chosen, console or Console(quiet=True)) as watcher:
                    results = await walked(chosen, watcher)
    finally:
        await client.close()
    return report.of(house.name, results, time.monotonic() - began)


async def walked(chosen: Plan, watcher: Watcher | None = None) -> list[Result]:
    """Tries the doors, then walks the lanes whose doors are open, at last the quiet ones one after another."""
    trying = {door: asyncio.ensure_future(ask(group, check, watcher)) for door, (group, check) in chosen.doors.items()}

    async def one(lane: Lane) -> list[Result]:
        if kept([await trying[Door(door)] for door in lane.needs]):
            return await walk(lane, watcher)
        return [not_reached(lane.group, check, watcher) for check in lane.checks]

    noisy = await asyncio.gather(*(one(lane) for lane in chosen.lanes if not lane.quiet))
    quiet = [await one(lane) for lane in chosen.lanes if lane.quiet]
    return [*(await asyncio.gather(*trying.values())), *(result for lane in (*noisy, *quiet) for result in lane)]
