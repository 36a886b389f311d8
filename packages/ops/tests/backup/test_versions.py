"""A backup is made, proven and restored with the programs of the version its server has."""

from __future__ import annotations

import json

import pytest
from backup.backup_helpers import (
    OPS,
    create_pumps,
    find_older_postgres,
    is_empty_database,
    make_backup,
    read_older_major,
    restore_into,
)

from crm import migrate
from ops.backup import programs
from ops.backup.programs import find_programs
from ops.cli import OpsError

pytestmark = pytest.mark.older_postgres
MAJOR = read_older_major()


@pytest.fixture(scope="module")
def older_pumps(older_cluster) -> str:
    older_cluster.create_database("pumps")
    create_pumps(older_cluster.dsn("pumps"))
    return older_cluster.dsn("pumps")


@pytest.fixture(scope="module")
def older_crm(older_cluster) -> str:
    migrate.migrate(older_cluster.dsn())
    return older_cluster.dsn()


@pytest.mark.parametrize("own_server", [True, False])
def test_a_backup_of_an_older_postgresql_is_proven_on_that_version(ops, older_crm, older_cluster, own_server):
    ops.variables |= {"DATABASE_URL": older_crm}
    assert ops("create").returncode == 0
    result = ops("drill", "--json", **({} if own_server else {"DRILL_DATABASE_URL": older_cluster.dsn("postgres")}))
    proof = json.loads(result.stdout)
    assert proof["postgres"] // 10_000 == MAJOR
    assert proof["tools"]["versions"]["pg_dump"].startswith(f"pg_dump (PostgreSQL) {MAJOR}")


def test_it_restores_into_the_server_it_came_from(keys, store, older_pumps, older_cluster):
    manifest = make_backup(keys, store, older_pumps)
    older_cluster.create_database("came_back")
    restore_into(keys, store, manifest, older_cluster.dsn("came_back"))
    assert not is_empty_database(older_cluster.dsn("came_back"))


def test_it_restores_into_a_newer_server_too(keys, store, older_pumps, create_database):
    manifest = make_backup(keys, store, older_pumps)
    target = create_database()
    restore_into(keys, store, manifest, target)
    assert not is_empty_database(target)


def test_a_restore_into_an_older_server_is_refused(ops, older_cluster):
    assert ops("create").returncode == 0
    older_cluster.create_database("too_old")
    result = ops("restore", "--yes", RESTORE_DATABASE_URL=older_cluster.dsn("too_old"))
    assert (result.returncode, result.stdout) == (1, "")
    assert f"comes from PostgreSQL 18, and the target is PostgreSQL {MAJOR}. Restore into 18 or newer." in result.stderr
    assert is_empty_database(older_cluster.dsn("too_old"))


def test_a_drill_on_a_server_of_another_version_is_refused(ops, older_pumps, cluster):
    assert ops("create", DATABASE_URL=older_pumps).returncode == 0
    result = ops("drill", DRILL_DATABASE_URL=cluster.dsn("postgres"))
    assert (result.returncode, result.stdout) == (1, "")
    assert f"comes from PostgreSQL {MAJOR}, and DRILL_DATABASE_URL names PostgreSQL 18." in result.stderr


def test_without_programs_of_the_servers_version_a_backup_is_refused(ops, older_pumps, monkeypatch):
    monkeypatch.setattr(programs, "INSTALLED", ())
    monkeypatch.setenv("PATH", str(OPS.parent))
    result = ops("create", DATABASE_URL=older_pumps)
    assert (result.returncode, result.stdout) == (1, "")
    assert f"PostgreSQL {MAJOR} needs its own pg_dump and pg_restore" in result.stderr
    assert f"Install postgresql-client-{MAJOR}" in result.stderr
    assert list(ops.store_folder.iterdir()) == []


def test_without_a_server_of_that_version_a_drill_is_refused_before_it_begins(ops, older_pumps, monkeypatch, tmp_path):
    assert ops("create", DATABASE_URL=older_pumps).returncode == 0
    clients = tmp_path / "clients"
    clients.mkdir()
    folder = find_older_postgres()
    assert folder
    for name in programs.CLIENT:
        (clients / name).symlink_to(folder / name)
    monkeypatch.setattr(programs, "INSTALLED", (str(clients),))
    monkeypatch.setenv("PATH", str(OPS.parent))
    result = ops("drill")
    assert (result.returncode, result.stdout) == (1, "")
    assert f"Install postgresql-{MAJOR} (Homebrew: postgresql@{MAJOR})" in result.stderr


def test_programs_are_chosen_between_two_versions():
    assert find_programs(18, 18).major == 18
    assert find_programs(MAJOR, 18).major == MAJOR
    with pytest.raises(OpsError, match=r"PostgreSQL 99 needs its own .* has: .*18 in .* Install postgresql-client-99"):
        find_programs(99, 99)
