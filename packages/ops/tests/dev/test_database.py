from __future__ import annotations

import asyncio
import os

from house.postgres import scratch
from ops.dev.children import finished
from ops.dev.commands import migrate
from ops.dev.database import Database


def test_what_a_database_was_filled_with_is_known_for_as_long_as_it_lives(tmp_path):
    database = Database("postgresql://", tmp_path / "filled")
    assert not database.was_filled("ada@example.org, with demo data")
    database.filled("ada@example.org, with demo data")
    assert database.was_filled("ada@example.org, with demo data")
    assert not database.was_filled("bob@example.org, with demo data")
    (tmp_path / "filled").unlink()
    assert not database.was_filled("ada@example.org, with demo data")


def test_a_server_that_is_not_ours_is_filled_each_time_it_asks_to_be():
    database = Database("postgresql://elsewhere", None)
    database.filled("anything")
    assert not database.was_filled("anything")


async def test_a_schema_is_current_once_it_has_been_migrated(tmp_path):
    with scratch() as cluster:
        database = Database(cluster.dsn(), None)
        assert not await database.current()
        await finished(migrate({**os.environ, "DATABASE_URL": cluster.dsn()}), tmp_path / "log")
        assert await database.current()


async def test_a_database_that_does_not_answer_is_not_current():
    assert not await asyncio.wait_for(Database("postgresql://ada@127.0.0.1:1/octatech", None).current(), 20)
