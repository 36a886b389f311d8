"""Builds the site again when a word, a template or a post changes."""

from __future__ import annotations

from pathlib import Path

from watchfiles import awatch

from house import site
from ops.dev.children import finished
from ops.dev.commands import Command
from ops.dev.faults import Died
from ops.dev.screen import Screen

SOURCES = (
    "packages/web",
    "packages/blog/content",
    "packages/blog/src/blog/theme",
    "packages/house/src/house/look",
    "site.toml",
)


async def rebuild_on_change(build: Command, log: Path, screen: Screen) -> None:
    """Never ends by itself. A build that fails is told, and the pages stay as they were."""
    root = site.find().resolve().parent
    watched = [root / source for source in SOURCES if (root / source).exists()]
    async for changed in awatch(*watched, debounce=200, step=50):
        names = sorted({Path(path).name for _, path in changed})
        try:
            await finished(build, log)
            screen.note(f"Site built again: {', '.join(names[:3])}{' and more' if len(names) > 3 else ''}")
        except Died as fault:
            screen.trouble(str(fault))
