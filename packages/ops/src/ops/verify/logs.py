"""The log of the service, from where the target keeps it: the data folder of this machine, or Railway."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import NamedTuple

from house import postgres
from ops.cli import OpsError
from ops.deploy.context import Options, open_context
from ops.verify.checks import Skipped
from ops.verify.limits import may_be_pushed
from ops.verify.target import Target

LINES = 1000
"""Lines of the running release that Railway is asked for."""


class Line(NamedTuple):
    """`number` counts within its file, or back to the beginning of what Railway gave."""

    source: str
    number: int
    text: str


async def lines(target: Target, environ: Mapping[str, str]) -> list[Line]:
    """Raises `Skipped` where the log is out of reach, and says why."""
    if target.local:
        return _of_this_machine(environ)
    if may_be_pushed(target):
        raise Skipped("This house is a rehearsal whose log is kept by whoever started it.")
    if not environ.get("RAILWAY_TOKEN", "").strip():
        raise Skipped("RAILWAY_TOKEN is not set, so Railway does not give the log.")
    try:
        return await asyncio.to_thread(_of_railway, environ)
    except OpsError as fault:
        raise Skipped(f"Railway does not give the log: {fault}") from fault


def _of_this_machine(environ: Mapping[str, str]) -> list[Line]:
    folder = postgres.data_folder(environ) / "logs"
    found = []
    for path in sorted(folder.glob("*.log")):
        texts = path.read_text("utf-8", "replace").splitlines()
        found += [Line(path.name, number, text) for number, text in enumerate(texts, 1)]
    if not found:
        raise Skipped(f"There is no log in {folder}.")
    return found


def _of_railway(environ: Mapping[str, str]) -> list[Line]:
    """Raises `Trouble`."""
    with open_context(Options(environ)) as context:
        serving = context.railway and context.railway.find_serving()
        if not (context.railway and serving):
            raise OpsError("no release is serving.")
        log = context.railway.fetch_log(serving, "deployment", LINES)
        return [Line(f"Railway ({serving.commit[:7]})", number, line.message) for number, line in enumerate(log, 1)]
