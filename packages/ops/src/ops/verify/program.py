"""The commands of the CRM, run the way a person at this machine would."""

from __future__ import annotations

import asyncio
import os
import re
from asyncio.subprocess import DEVNULL, PIPE

from ops.dev.commands import program
from ops.verify.checks import Broken

PATIENCE_S = 20.0


async def crm(*arguments: str) -> str:
    """What `crm …` prints on stdout. Where DATABASE_URL is unset it finds the database of DATA_DIR by itself.

    Raises `Broken` with its own words.
    """
    name = f"crm {' '.join(arguments[:2])}"
    process = await asyncio.create_subprocess_exec(
        program("crm"), *arguments, env=dict(os.environ), stdin=DEVNULL, stdout=PIPE, stderr=PIPE
    )
    try:
        said, complained = await asyncio.wait_for(process.communicate(), PATIENCE_S)
    except TimeoutError:
        process.kill()
        await process.wait()
        raise Broken(f"`{name}` takes longer than {PATIENCE_S:.0f} s") from None
    if process.returncode:
        raise Broken(f"`{name}` fails: {_words(complained.decode(errors='replace'))}", "Run it by hand.")
    return said.decode().strip()


def _words(complaint: str) -> str:
    """The last line that says something; what frames it does not."""
    lines = [line.strip("│ ").removeprefix("crm: ") for line in complaint.splitlines() if re.search(r"\w", line)]
    return lines[-1] if lines else "it says nothing"
