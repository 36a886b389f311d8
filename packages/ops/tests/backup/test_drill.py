"""A drill proves a backup: it is restored and compared, the CRM runs on it, and nothing of the drill is left."""

from __future__ import annotations

import json
import os
import signal
from datetime import timedelta
from pathlib import Path

import msgspec
import psycopg
import pytest
from alembic import command
from alembic.config import Config
from backup.backup_helpers import NOON, TIMEOUT_S, execute, make_backup, read_database
from sqlalchemy import create_engine

from crm.kernel import schema
from ops.backup import catalog
from ops.backup.archive import check_archive
from ops.backup.contents import find_exhausted_sequences
from ops.backup.drill import build_environment, compute_data_age, run_drill
from ops.backup.errors import DamagedError
from ops.backup.store import open_store
from ops.cli import CliOutput, OpsError
from shared.embedded_postgres import locks


def drill(keys, store, manifest, at, **environ):
    return run_drill(keys.settings, store, manifest, environ=environ, output=CliOutput(), now=lambda: at)


def find_traces(folder: Path) -> list[str]:
    """Returns what is in a temporary folder, and the processes that use it."""
    found = [path.name for path in folder.iterdir()]
    for entry in Path("/proc").iterdir():
        try:
            if entry.name.isdigit() and os.fsencode(folder) in (entry / "cmdline").read_bytes():
                found.append((entry / "cmdline").read_text())
        except OSError:
            continue
    return found


def test_a_drill_of_the_crm_is_proven_beside_the_backup(ops, crm_database, open_folder):
    ops.variables |= {"DATABASE_URL": crm_database, "TMPDIR": str(open_folder)}
    assert ops("create").returncode == 0
    result = ops.run("drill", "--json")
    assert result.returncode == 0, result.stderr
    proof = json.loads(result.stdout)
    assert (proof["backup"][:6], proof["postgres"] // 10_000) == ("000001", 18)
    with psycopg.connect(crm_database) as connection:
        assert connection.execute("SELECT id FROM leads WHERE id = %s", (proof["lead"],)).fetchone()
    assert 0.1 < proof["recovery"] < 60
    [listed] = json.loads(ops("list", "--json").stdout)
    assert listed["proven"] == proof
    assert listed["rows"] == read_database(crm_database).rows > 500
    assert find_traces(open_folder) == []


@pytest.fixture(scope="module")
def proven(keys, crm_database, cluster, tmp_path_factory):
    """A store with two backups of the same moment. The first was proven on the server of DRILL_DATABASE_URL."""
    store = open_store(str(tmp_path_factory.mktemp("store")), {})
    execute(cluster.dsn("postgres"), "CREATE DATABASE octatech_drill_left_over")
    first, second = make_backup(keys, store, crm_database), make_backup(keys, store, crm_database)
    at = NOON + timedelta(hours=6)
    return store, first, second, drill(keys, store, first, at, DRILL_DATABASE_URL=cluster.dsn("postgres"))


def test_a_drill_on_another_server_leaves_no_database_there(proven, cluster):
    *_, proof = proven
    assert proof.lead
    assert list_scratch_databases(cluster) == []


def test_a_proof_says_how_old_the_data_was(proven):
    *_, proof = proven
    assert proof.data_age == 6 * 3600
    assert compute_data_age(NOON, NOON - timedelta(days=9)) == 0  # a clock has jumped back


def test_a_proof_counts_for_its_own_archive_only(keys, proven):
    store, first, second, _ = proven
    [proof] = [each.path for each in store.list_objects() if "/proofs/" in each.path]
    store.create(proof.replace(first.name, second.name), store.read(proof))
    store.create(f"{first.name}/proofs/by-nobody.json", b"{}")
    one, other = catalog.list_backups(store, keys.settings.trusted)
    assert (len(one.proofs), len(other.proofs)) == (1, 0)


def test_a_backup_of_an_older_schema_is_migrated_and_proven(keys, store, create_database, cluster):
    older = create_database()
    config = Config()
    config.set_main_option("script_location", str(schema.FOLDER))
    with create_engine(older.replace("postgresql:", "postgresql+psycopg:")).connect() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0004")
    manifest = make_backup(keys, store, older)
    assert manifest.contents.schema.revision == "0004"
    proof = drill(keys, store, manifest, NOON, DRILL_DATABASE_URL=cluster.dsn("postgres"))
    assert proof.lead is None


def test_a_backup_that_is_not_what_its_manifest_says_is_not_proven(keys, store, pumps, cluster):
    manifest = make_backup(keys, store, pumps)
    [revision, table] = manifest.contents.tables
    other = msgspec.structs.replace(table, digest="0" * 64)
    gone = msgspec.structs.replace(table, name="public.gone")
    contents = msgspec.structs.replace(manifest.contents, tables=(revision, other, gone))
    with pytest.raises(DamagedError) as raised:
        drill(
            *(keys, store, msgspec.structs.replace(manifest, contents=contents), NOON),
            DRILL_DATABASE_URL=cluster.dsn("postgres"),
        )
    assert str(raised.value).splitlines()[1:] == [
        "public.pumps has other content in its 3 rows.",
        "public.gone is missing.",
    ]
    [found] = catalog.list_backups(store, keys.settings.trusted)
    assert found.proofs == ()


def test_a_database_the_crm_cannot_run_on_is_not_proven(keys, store, pumps, cluster):
    manifest = make_backup(keys, store, pumps)
    with pytest.raises(OpsError, match="crm apikey create"):
        drill(keys, store, manifest, NOON, DRILL_DATABASE_URL=cluster.dsn("postgres"))
    assert [each.proofs for each in catalog.list_backups(store, keys.settings.trusted)] == [()]


def test_the_copy_can_reach_nobody(monkeypatch, tmp_path):
    for name in ("RESEND_API_KEY", "SMTP_URL", "SOME_LATER_API_KEY", "BACKUP_IDENTITY"):
        monkeypatch.setenv(name, "canary")
    environ = build_environment("postgresql://here/it", tmp_path, 4000)
    assert "canary" not in environ.values()
    assert environ["WORKER"] == "separate"
    assert environ["PATH"] == os.environ["PATH"]


@pytest.mark.parametrize("own_server", [True, False])
def test_a_killed_drill_leaves_no_scratch_behind(ops, large, cluster, open_folder, own_server):
    ops.variables |= {"DATABASE_URL": large, "TMPDIR": str(open_folder)}
    assert ops("create").returncode == 0
    process = ops.start("drill", **({} if own_server else {"DRILL_DATABASE_URL": cluster.dsn("postgres")}))
    restores = lambda: any("pg_restore" in each for each in list_children(process.pid))  # noqa: E731
    assert locks.wait_for(lambda: restores() or process.poll() is not None, TIMEOUT_S)
    assert process.poll() is None
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert locks.wait_for(lambda: find_traces(open_folder) == [] and not list_scratch_databases(cluster), TIMEOUT_S)


def list_children(parent: int) -> list[str]:
    """Returns the command lines of the children of a process."""
    found = []
    for entry in Path("/proc").iterdir():
        try:
            if entry.name.isdigit() and f"\nPPid:\t{parent}\n" in (entry / "status").read_text():
                found.append((entry / "cmdline").read_text())
        except OSError:
            continue
    return found


def list_scratch_databases(cluster) -> list[str]:
    with psycopg.connect(cluster.dsn("postgres")) as connection:
        return connection.execute("SELECT datname FROM pg_database WHERE datname LIKE 'octatech_drill%'").fetchall()


def test_a_sequence_that_is_too_low_is_found(own_pumps):
    with psycopg.connect(own_pumps, autocommit=True) as connection:
        assert find_exhausted_sequences(connection) == []
        connection.execute("SELECT setval('pumps_id_seq', 1)")
        assert find_exhausted_sequences(connection) == ["pumps_id_seq is at 1, but pumps goes up to 3."]


def test_a_drill_without_a_key_starts_nothing(keys, store, pumps, cluster):
    manifest = make_backup(keys, store, pumps)
    stranger = keys._replace(settings=keys.settings._replace(identities=()))
    with pytest.raises(OpsError, match="cannot be opened with this key"):
        drill(stranger, store, manifest, NOON, DRILL_DATABASE_URL="postgresql://nobody@127.0.0.1:1/none")
    check_archive(store, manifest.archive, lambda _: None)
