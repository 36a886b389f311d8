from __future__ import annotations

from collections.abc import AsyncIterator, Callable

import pytest
from conftest import environment

from crm import config
from crm.kernel.app_context import AppContext
from shared import embedded_postgres


@pytest.fixture
async def apart(cluster: embedded_postgres.Cluster, template: str) -> AsyncIterator[Callable[[str], AppContext]]:
    """`apart("one")` gives a system with a database of its own, for processes of its own."""
    made: dict[str, AppContext] = {}

    def make(name: str) -> AppContext:
        cluster.create_database(f"crm_{name}", template=template)
        made[name] = AppContext.of(config.load(environment(cluster.dsn(f"crm_{name}"))))
        return made[name]

    yield make
    for name, context in made.items():
        await context.db.close()
        cluster.drop_database(f"crm_{name}")
