"""The database that `ops dev` uses: the embedded one, or the one that `DATABASE_URL` names."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import NamedTuple

import psycopg

from crm.kernel import schema
from ops.cli import OpsError
from ops.dev.output import DevOutput
from ops.dev.settings import Settings
from shared import embedded_postgres


class Database(NamedTuple):
    """`seed_file` tells what the data is. It is removed with an embedded cluster; another server has none."""

    url: str
    seed_file: Path = Path(os.devnull)

    def is_migrated(self) -> bool:
        """Returns whether the schema is current: a second start then needs no `crm migrate`, which takes a second."""
        with suppress(psycopg.Error), psycopg.connect(self.url, connect_timeout=5) as connection:
            row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
            return row is not None and schema.standing(row[0]) != "behind"
        return False

    def has_seed(self, seed: str) -> bool:
        """Returns whether this data was seeded before. Somebody who removed it since does not want it back."""
        return self.seed_file.exists() and self.seed_file.read_text("utf-8") == seed

    def record_seed(self, seed: str) -> None:
        self.seed_file.write_text(seed, encoding="utf-8")


@asynccontextmanager
async def open_database(settings: Settings, output: DevOutput) -> AsyncIterator[Database]:
    """The database for the length of a block. Raises `OpsError`, or a group of it when the server stops."""
    if settings.database_url:
        yield Database(settings.database_url)
        return
    cluster = embedded_postgres.open_cluster(settings.data_dir)
    # The start is not cancelled half-way, so that it is always known whether there is a server to stop.
    start = asyncio.ensure_future(asyncio.to_thread(cluster.start))
    try:
        with output.step("PostgreSQL"):
            await asyncio.shield(start)
        async with asyncio.TaskGroup() as group:
            group.create_task(_watch(cluster))
            yield Database(cluster.dsn(), cluster.place.home / "filled")
    except embedded_postgres.CannotStartError as error:
        raise OpsError(str(error)) from error
    finally:
        await asyncio.wait([start])
        await asyncio.to_thread(cluster.stop)


async def _watch(cluster: embedded_postgres.Cluster) -> None:
    """Raises `OpsError` when the server has stopped. It is not our subprocess, so it is polled."""
    while cluster.running:  # noqa: ASYNC110 - another process ends, which sets no event of ours
        await asyncio.sleep(0.5)
    raise OpsError(f"PostgreSQL has stopped. {cluster.last_words}")
