"""A backup is made, proven and restored with the programs of the version its server has."""

from __future__ import annotations

import json

import pytest
from backup.backup_helpers import OPS, create_pumps, find_postgres15, is_empty_database, make_backup, restore_into

from crm import migrate
from ops.backup import programs
from ops.backup.programs import find_programs
from ops.cli import OpsError

pytestmark = pytest.mark.postgres15


@pytest.fixture(scope="module")
def pumps15(cluster15) -> str:
    cluster15.create_database("pumps")
    create_pumps(cluster15.dsn("pumps"))
    return cluster15.dsn("pumps")


@pytest.fixture(scope="module")
def crm15(cluster15) -> str:
    migrate.migrate(cluster15.dsn())
    return cluster15.dsn()


@pytest.mark.parametrize("own_server", [True, False])
def test_a_backup_of_postgresql_15_is_proven_on_postgresql_15(ops, crm15, cluster15, own_server):
    ops.variables |= {"DATABASE_URL": crm15}
    assert ops("create").returncode == 0
    result = ops("drill", "--json", **({} if own_server else {"DRILL_DATABASE_URL": cluster15.dsn("postgres")}))
    proof = json.loads(result.stdout)
    assert proof["postgres"] // 10_000 == 15
    assert proof["tools"]["versions"]["pg_dump"].startswith("pg_dump (PostgreSQL) 15")


def test_it_restores_into_the_server_it_came_from(keys, store, pumps15, cluster15):
    manifest = make_backup(keys, store, pumps15)
    cluster15.create_database("came_back")
    restore_into(keys, store, manifest, cluster15.dsn("came_back"))
    assert not is_empty_database(cluster15.dsn("came_back"))


def test_it_restores_into_a_newer_server_too(keys, store, pumps15, create_database):
    manifest = make_backup(keys, store, pumps15)
    target = create_database()
    restore_into(keys, store, manifest, target)
    assert not is_empty_database(target)


def test_a_restore_into_an_older_server_is_refused(ops, cluster15):
    assert ops("create").returncode == 0
    cluster15.create_database("too_old")
    result = ops("restore", "--yes", RESTORE_DATABASE_URL=cluster15.dsn("too_old"))
    assert (result.returncode, result.stdout) == (1, "")
    assert "comes from PostgreSQL 18, and the target is PostgreSQL 15. Restore into 18 or newer." in result.stderr
    assert is_empty_database(cluster15.dsn("too_old"))


def test_a_drill_on_a_server_of_another_version_is_refused(ops, pumps15, cluster):
    assert ops("create", DATABASE_URL=pumps15).returncode == 0
    result = ops("drill", DRILL_DATABASE_URL=cluster.dsn("postgres"))
    assert (result.returncode, result.stdout) == (1, "")
    assert "comes from PostgreSQL 15, and DRILL_DATABASE_URL names PostgreSQL 18." in result.stderr


def test_without_programs_of_the_servers_version_a_backup_is_refused(ops, pumps15, monkeypatch):
    monkeypatch.setattr(programs, "INSTALLED", ())
    monkeypatch.setenv("PATH", str(OPS.parent))
    result = ops("create", DATABASE_URL=pumps15)
    assert (result.returncode, result.stdout) == (1, "")
    assert "PostgreSQL 15 needs its own pg_dump and pg_restore" in result.stderr
    assert "Install postgresql-client-15" in result.stderr
    assert list(ops.store_folder.iterdir()) == []


def test_without_a_server_of_that_version_a_drill_is_refused_before_it_begins(ops, pumps15, monkeypatch, tmp_path):
    assert ops("create", DATABASE_URL=pumps15).returncode == 0
    clients = tmp_path / "clients"
    clients.mkdir()
    for name in programs.CLIENT:
        (clients / name).symlink_to(find_postgres15() / name)
    monkeypatch.setattr(programs, "INSTALLED", (str(clients),))
    monkeypatch.setenv("PATH", str(OPS.parent))
    result = ops("drill")
    assert (result.returncode, result.stdout) == (1, "")
    assert "Install postgresql-15 (Homebrew: postgresql@15)" in result.stderr


def test_programs_are_chosen_between_two_versions():
    assert find_programs(18, 18).major == 18
    assert find_programs(15, 18).major == 15
    with pytest.raises(OpsError, match=r"PostgreSQL 99 needs its own .* has: .*18 in .* Install postgresql-client-99"):
        find_programs(99, 99)
