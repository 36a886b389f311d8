from __future__ import annotations

from ops.dev.database import Database


def test_the_seed_of_a_database_is_known_as_long_as_the_cluster_exists(tmp_path):
    database = Database("postgresql://", tmp_path / "filled")
    assert not database.has_seed("ada@example.org, with demo data")
    database.record_seed("ada@example.org, with demo data")
    assert database.has_seed("ada@example.org, with demo data")
    assert not database.has_seed("bob@example.org, with demo data")
    (tmp_path / "filled").unlink()
    assert not database.has_seed("ada@example.org, with demo data")


def test_another_server_is_seeded_at_every_start():
    database = Database("postgresql://elsewhere", None)
    database.record_seed("anything")
    assert not database.has_seed("anything")
