from __future__ import annotations

from collections.abc import AsyncIterator, Callable

import pytest
from conftest import environment

from crm import config
from crm.kernel.house import House
from house import postgres


@pytest.fixture
async def apart(cluster: postgres.Cluster, template: str) -> AsyncIterator[Callable[[str], House]]:
    """`apart("one")` gives a house with a database of its own, for processes of its own."""
    made: dict[str, House] = {}

    def make(name: str) -> House:
        cluster.create_database(f"crm_{name}", template=template)
        made[name] = House.of(config.load(environment(cluster.dsn(f"crm_{name}"))))
        return made[name]

    yield make
    for name, house in made.items():
        await house.db.close()
        cluster.drop_database(f"crm_{name}")
