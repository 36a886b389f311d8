"""The database the house lives on: the embedded one, or another that was named."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import NamedTuple

import asyncpg

from crm.kernel import schema
from house import postgres
from ops.dev.faults import Trouble
from ops.dev.screen import Screen
from ops.dev.settings import Settings

WATCH_S = 0.5


class Database(NamedTuple):
    """`note` is a file that goes when an embedded cluster goes; None for a server that is not ours."""

    url: str
    note: Path | None

    async def current(self) -> bool:
        """Is the schema what this release needs? Loading the migrations takes longer than all else of a second start.

        Where the answer cannot be had it is no; then `crm migrate` is run and says why.
        """
        with suppress(OSError, asyncpg.PostgresError, asyncpg.InterfaceError, ValueError):
            connection = await asyncpg.connect(self.url, timeout=5)
            try:
                return schema.standing(await schema.revision(connection)) != "behind"
            finally:
                await connection.close()
        return False

    def was_filled(self, wanted: str) -> bool:
        """Whoever removed the demo data since does not want it back."""
        return self.note is not None and self.note.exists() and self.note.read_text(encoding="utf-8") == wanted

    def filled(self, wanted: str) -> None:
        if self.note:
            self.note.write_text(wanted, encoding="utf-8")


@asynccontextmanager
async def running(settings: Settings, screen: Screen) -> AsyncIterator[Database]:
    """The database for the length of a block. Raises `CannotStart`, or a group of `Trouble` should it go away."""
    if settings.database_url:
        yield Database(settings.database_url, None)
        return
    cluster = postgres.embedded(settings.data_dir)
    # A start cannot be cut off in the middle, so that we always know whether there is something to stop.
    starting = asyncio.ensure_future(asyncio.to_thread(cluster.start))
    try:
        with screen.step("PostgreSQL"):
            await asyncio.shield(starting)
        async with asyncio.TaskGroup() as group:
            group.create_task(_lives(cluster))
            yield Database(cluster.dsn(), cluster.place.home / "filled")
    finally:
        await asyncio.wait([starting])
        await asyncio.to_thread(cluster.stop)


async def _lives(cluster: postgres.Cluster) -> None:
    """Raises `Trouble` when the server is gone. It is no child of ours, so nobody tells us."""
    while cluster.running:  # noqa: ASYNC110 - another process ends, which sets no event of ours
        await asyncio.sleep(WATCH_S)
    raise Trouble(f"PostgreSQL has stopped. {cluster.last_words}")
