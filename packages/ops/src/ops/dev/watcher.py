"""Rebuilds the public site when its text, templates or posts change."""

from __future__ import annotations

from pathlib import Path

from watchfiles import awatch

from ops.cli import CliOutput
from ops.dev.commands import Command
from ops.dev.subprocesses import SubprocessError, run_subprocess
from shared import site_config

SOURCES = (
    "packages/web",
    "packages/blog/content",
    "packages/blog/src/blog/theme",
    "packages/shared/src/shared/design",
    "site.toml",
)


async def rebuild_on_change(build: Command, log: Path, output: CliOutput) -> None:
    """Runs until cancelled. After a failed build it prints the error and the pages stay as they were."""
    root = site_config.find().resolve().parent
    watched = [root / source for source in SOURCES if (root / source).exists()]
    async for changes in awatch(*watched, debounce=200, step=50):
        names = sorted({Path(path).name for _, path in changes})
        try:
            await run_subprocess(build, log)
            output.note(f"Site rebuilt: {', '.join(names[:3])}{' and more' if len(names) > 3 else ''}")
        except SubprocessError as error:
            output.error(error)
