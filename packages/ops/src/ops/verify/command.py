"""Runs `ops verify` as a program: walks the plan, tells the results, ends with a status."""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Collection, Mapping

from rich.console import Console

from ops.verify import plan, report, target
from ops.verify.checks import Door, Group, Lane, Result, Watcher, ask, kept, not_reached, walk
from ops.verify.client import Client
from ops.verify.plan import Plan, Visit
from ops.verify.progress import shown
from ops.verify.receiver import listening
from ops.verify.report import Report
from ops.verify.target import Target

KEPT, BROKEN, BAD_TARGET = 0, 1, 2


def run(environ: Mapping[str, str], where: str, *, only: Collection[Group], as_json: bool) -> int:
    """The exit status: 0 when every promise is kept, 1 when one is broken, 2 when there is no such target."""
    # Progress goes where it cannot end up in a file of results.
    progress = Console(stderr=True, highlight=False)
    try:
        found = asyncio.run(verified(target.named(where, environ), environ, only=only, console=progress))
    except target.BadTarget as fault:
        progress.print(f"✗ {fault}", style="bold red", markup=False, soft_wrap=True)
        return BAD_TARGET
    if as_json:
        sys.stdout.buffer.write(report.document(found) + b"\n")
    else:
        # Lines in a file need no breaks.
        report.tell(found, Console(highlight=False, width=None if sys.stdout.isatty() else 200))
    return KEPT if found.ok else BROKEN


async def verified(
    house: Target, environ: Mapping[str, str], *, only: Collection[Group] = (), console: Console | None = None
) -> Report:
    """Walks every lane at once; the results come in the order of the plan."""
    began = time.monotonic()
    client = Client(house)
    try:
        with listening() as receiver:
            chosen = plan.planned(Visit(client, receiver, environ)).only(only)
            with shown(chosen, console or Console(quiet=True)) as watcher:
                results = await walked(chosen, watcher)
    finally:
        await client.close()
    return report.of(house.name, results, time.monotonic() - began)


async def walked(chosen: Plan, watcher: Watcher | None = None) -> list[Result]:
    """Tries the doors, then walks the lanes whose doors are open. A lane that needs none does not wait."""
    trying = {door: asyncio.ensure_future(ask(group, check, watcher)) for door, (group, check) in chosen.doors.items()}

    async def one(lane: Lane) -> list[Result]:
        if kept([await trying[Door(door)] for door in lane.needs]):
            return await walk(lane, watcher)
        return [not_reached(lane.group, check, watcher) for check in lane.checks]

    lanes = await asyncio.gather(*(one(lane) for lane in chosen.lanes))
    return [*(await asyncio.gather(*trying.values())), *(result for lane in lanes for result in lane)]
