"""One database with two web processes and two workers on it, started once; and a Redis they may share."""

from __future__ import annotations

import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import asyncpg
import httpx
import pytest
import redis_server
import running_system
from multi_process import MultiProcessSystem

from shared import embedded_postgres


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "redis" in getattr(item, "fixturenames", ()):
            item.add_marker("redis")


@pytest.fixture(scope="session")
async def system(cluster: embedded_postgres.Cluster) -> AsyncIterator[MultiProcessSystem]:
    """Two web processes and two workers, all well, without Redis."""
    cluster.create_database("system", template="template_system")
    url = cluster.dsn("system")
    sql = await asyncpg.connect(url)
    with tempfile.TemporaryDirectory(prefix="octatech-system-") as folder:
        async with httpx.AsyncClient(timeout=20) as client:
            made = MultiProcessSystem(running_system.make_settings(Path(folder)), url, sql, client)
            async with running_system.run_processes(*made.webs, *made.workers):
                yield made
    await sql.close()


@pytest.fixture(scope="session")
def redis() -> Iterator[redis_server.Redis]:
    with tempfile.TemporaryDirectory(prefix="octatech-redis-") as folder:
        running = redis_server.Redis(Path(folder))
        running.start()
        yield running
        running.kill()
