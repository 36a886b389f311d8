from __future__ import annotations

import os

from ops.dev.commands import migrate
from ops.dev.database import Database
from ops.dev.subprocesses import run_subprocess
from shared.embedded_postgres import scratch


def test_the_seed_of_a_database_is_known_as_long_as_the_cluster_exists(tmp_path):
    database = Database("postgresql://", tmp_path / "filled")
    assert not database.has_seed("ada@example.org, with demo data")
    database.record_seed("ada@example.org, with demo data")
    assert database.has_seed("ada@example.org, with demo data")
    assert not database.has_seed("bob@example.org, with demo data")
    (tmp_path / "filled").unlink()
    assert not database.has_seed("ada@example.org, with demo data")


def test_another_server_is_seeded_at_every_start():
    database = Database("postgresql://elsewhere")
    database.record_seed("anything")
    assert not database.has_seed("anything")


async def test_a_schema_is_current_once_it_is_migrated(tmp_path):
    with scratch() as cluster:
        database = Database(cluster.dsn())
        assert not database.is_migrated()
        await run_subprocess(migrate({**os.environ, "DATABASE_URL": cluster.dsn()}), tmp_path / "log")
        assert database.is_migrated()


def test_a_database_that_does_not_answer_is_not_migrated():
    assert not Database("postgresql://ada@127.0.0.1:1/octatech").is_migrated()
