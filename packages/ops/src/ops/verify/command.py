"""Runs `ops verify` as a program: walks the plan, tells the results, ends with a status."""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Mapping

from rich.console import Console

from ops.verify import plan, report, target
from ops.verify.checks import Result, kept, not_reached, walk
from ops.verify.plan import Plan
from ops.verify.receiver import listening
from ops.verify.report import Report
from ops.verify.target import Client, Target


def run(environ: Mapping[str, str], *, as_json: bool) -> int:
    """The exit status: 0 when every promise is kept, 1 when one is broken."""
    found = asyncio.run(verified(target.local(environ)))
    if as_json:
        sys.stdout.buffer.write(report.document(found) + b"\n")
    else:
        # Lines in a file need no breaks.
        report.tell(found, Console(highlight=False, width=None if sys.stdout.isatty() else 200))
    return 0 if found.ok else 1


async def verified(house: Target) -> Report:
    """Walks every lane at once; the results come in the order of the plan."""
    began = time.monotonic()
    client = Client(house)
    try:
        with listening() as receiver:
            results = await _walked(plan.local(client, receiver))
    finally:
        await client.close()
    return report.of(house.name, results, time.monotonic() - began)


async def _walked(planned: Plan) -> list[Result]:
    first = await walk(planned.first)
    if not kept(first):
        return [*first, *(not_reached(check) for lane in planned.lanes for check in lane)]
    walked: list[list[Result]] = await asyncio.gather(*(walk(lane) for lane in planned.lanes))
    return [*first, *(result for lane in walked for result in lane)]
