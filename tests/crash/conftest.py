"""Systems that tests break, each on a database of its own, on a PostgreSQL that tests stop and kill."""

from __future__ import annotations

import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import pytest
import running_system
from crash_fixture import CrashSystem

from crm import migrate
from shared import embedded_postgres


@pytest.fixture(scope="session")
def fragile() -> Iterator[embedded_postgres.Cluster]:
    """A PostgreSQL that nobody else uses, and its template."""
    with embedded_postgres.scratch() as running:
        running.create_database("template_crash")
        migrate.migrate(running.dsn("template_crash"))
        yield running


@pytest.fixture
async def system(fragile: embedded_postgres.Cluster) -> AsyncIterator[CrashSystem]:
    """A system with nothing in it, and no process yet."""
    fragile.create_database("crash", template="template_crash")
    url = fragile.dsn("crash")
    sql: asyncpg.Connection[Any] = await asyncpg.connect(url)
    with tempfile.TemporaryDirectory(prefix="octatech-crash-") as folder:
        yield CrashSystem(running_system.make_settings(Path(folder)), url, sql)
    await sql.close(timeout=2)
    fragile.start()  # whatever a failed test has left it in
    fragile.drop_database("crash")


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    """A visitor's connection; it never waits longer than a browser would."""
    async with httpx.AsyncClient(timeout=20) as connection:
        yield connection
