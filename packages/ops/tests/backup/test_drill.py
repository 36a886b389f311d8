"""A drill proves a backup: restored, compared, lived on, and nothing of it is left."""

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
from backup.keeping import NOON, back_up, look, run
from sqlalchemy import create_engine

from crm.kernel import schema
from house.postgres import locks
from ops.backup import boot, catalog, compare, drill, incoming, store
from ops.backup.faults import Damaged, Trouble
from ops.backup.screen import Screen

WAIT_S = 60


def drilled(ring, place, manifest, at, **environ):
    return drill.drill(ring.settings, place, manifest, environ=environ, screen=Screen(), clock=lambda: at)


def left_in(folder: Path) -> list[str]:
    """What is in the temporary folder, and processes that know it."""
    found = [path.name for path in folder.iterdir()]
    for entry in Path("/proc").iterdir():
        try:
            if entry.name.isdigit() and os.fsencode(folder) in (entry / "cmdline").read_bytes():
                found.append((entry / "cmdline").read_text())
        except OSError:
            continue
    return found


def test_a_drill_of_the_crm_is_proven_beside_the_backup(ops, crm_database, open_folder):
    ops.given |= {"DATABASE_URL": crm_database, "TMPDIR": str(open_folder)}
    assert ops("create").returncode == 0
    done = ops.run("drill", "--json")
    assert done.returncode == 0, done.stderr
    proof = json.loads(done.stdout)
    assert (proof["backup"][:6], proof["tables"]) == ("000001", len(look(crm_database).tables))
    assert proof["rows"] == look(crm_database).rows > 500
    with psycopg.connect(crm_database) as connection:
        assert connection.execute("SELECT id FROM leads WHERE id = %s", (proof["lead"],)).fetchone()
    assert proof["recovery"] == pytest.approx(
        sum(proof["phases"][phase] for phase in ("restore", "migrated", "healthy", "opened")), abs=0.01
    )
    [listed] = json.loads(ops("list", "--json").stdout)
    assert listed["proven"] == proof
    assert left_in(open_folder) == []


@pytest.fixture(scope="module")
def proven(ring, crm_database, cluster, tmp_path_factory):
    """A store with two backups of the same moment, the first of them proven on a server we named."""
    place = store.opened(str(tmp_path_factory.mktemp("store")), {})
    run(cluster.dsn("postgres"), "CREATE DATABASE octatech_drill_left_over")
    first, second = back_up(ring, place, crm_database), back_up(ring, place, crm_database)
    at = NOON + timedelta(hours=6)
    return place, first, second, drilled(ring, place, first, at, DRILL_DATABASE_URL=cluster.dsn("postgres"))


def test_a_drill_on_a_server_we_name_leaves_no_database_there(proven, cluster):
    *_, proof = proven
    assert proof.lead
    assert scratch_databases(cluster) == []


def test_a_drill_tells_how_old_the_data_was(proven):
    *_, proof = proven
    assert proof.data_age == 6 * 3600
    assert drill.data_age(NOON, NOON - timedelta(days=9)) == 0  # a clock has jumped back


def test_a_proof_counts_for_its_own_archive_only(ring, proven):
    place, first, second, _ = proven
    [proof] = [each.path for each in place.objects() if "/proofs/" in each.path]
    place.create(proof.replace(first.name, second.name), place.read(proof))
    place.create(f"{first.name}/proofs/by-nobody.json", b"{}")
    one, other = catalog.read(place, ring.settings.trusted)
    assert (len(one.proofs), len(other.proofs)) == (1, 0)


def test_a_backup_of_an_older_schema_is_migrated_and_lives(ring, folder, empty, cluster):
    older = empty()
    config = Config()
    config.set_main_option("script_location", str(schema.FOLDER))
    with create_engine(older.replace("postgresql:", "postgresql+psycopg:")).connect() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0004")
    manifest = back_up(ring, folder, older)
    assert manifest.contents.schema.revision == "0004"
    proof = drilled(ring, folder, manifest, NOON, DRILL_DATABASE_URL=cluster.dsn("postgres"))
    assert (proof.lead, proof.phases["migrated"] > 0) == (None, True)


def test_a_backup_that_is_not_what_its_manifest_says_is_not_proven(ring, folder, pumps, cluster):
    manifest = back_up(ring, folder, pumps)
    [table] = manifest.contents.tables
    other = msgspec.structs.replace(table, digest="0" * 64)
    gone = msgspec.structs.replace(table, name="public.gone")
    told = msgspec.structs.replace(manifest.contents, tables=(other, gone))
    with pytest.raises(Damaged) as fault:
        drilled(
            *(ring, folder, msgspec.structs.replace(manifest, contents=told), NOON),
            DRILL_DATABASE_URL=cluster.dsn("postgres"),
        )
    assert str(fault.value).splitlines()[1:] == [
        "public.pumps has other content in its 3 rows.",
        "public.gone is missing.",
    ]
    [found] = catalog.read(folder, ring.settings.trusted)
    assert found.proofs == ()


def test_a_database_the_crm_cannot_live_on_is_not_proven(ring, folder, small, cluster):
    run(small, f"CREATE TABLE alembic_version AS SELECT '{schema.HEAD}' AS version_num")
    manifest = back_up(ring, folder, small)
    with pytest.raises(Trouble, match="crm apikey create"):
        drilled(ring, folder, manifest, NOON, DRILL_DATABASE_URL=cluster.dsn("postgres"))
    assert catalog.last_proven(catalog.read(folder, ring.settings.trusted)) is None


def test_the_copy_can_reach_nobody(monkeypatch, tmp_path):
    for name in ("RESEND_API_KEY", "SMTP_URL", "SOME_LATER_API_KEY", "BACKUP_IDENTITY"):
        monkeypatch.setenv(name, "canary")
    given = boot.environment("postgresql://here/it", tmp_path, 4000)
    assert "canary" not in given.values()
    assert given["WORKER"] == "separate"
    assert given["PATH"] == os.environ["PATH"]


@pytest.mark.parametrize("where", ["", "given"])
def test_a_killed_drill_leaves_no_scratch_behind(ops, large, cluster, open_folder, where):
    ops.given |= {"DATABASE_URL": large, "TMPDIR": str(open_folder)}
    assert ops("create").returncode == 0
    named = {"DRILL_DATABASE_URL": cluster.dsn("postgres")} if where else {}
    process = ops.start("drill", **named)
    begun = lambda: any("pg_restore" in each for each in restoring(process.pid))  # noqa: E731
    assert locks.until(lambda: begun() or process.poll() is not None, WAIT_S)
    assert process.poll() is None
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert locks.until(lambda: left_in(open_folder) == [] and not scratch_databases(cluster), WAIT_S)


def restoring(parent: int) -> list[str]:
    """Command lines of the children of a process."""
    found = []
    for entry in Path("/proc").iterdir():
        try:
            if entry.name.isdigit() and f"\nPPid:\t{parent}\n" in (entry / "status").read_text():
                found.append((entry / "cmdline").read_text())
        except OSError:
            continue
    return found


def scratch_databases(cluster) -> list[str]:
    with psycopg.connect(cluster.dsn("postgres")) as connection:
        return connection.execute("SELECT datname FROM pg_database WHERE datname LIKE 'octatech_drill%'").fetchall()


def test_a_sequence_that_stands_too_low_is_told(small):
    with psycopg.connect(small, autocommit=True) as connection:
        assert compare.exhausted_sequences(connection) == []
        connection.execute("SELECT setval('pumps_id_seq', 1)")
        assert compare.exhausted_sequences(connection) == [
            "public.pumps_id_seq stands at 1, but public.pumps goes up to 3."
        ]


def test_a_drill_without_a_key_begins_nothing(ring, folder, pumps, cluster):
    manifest = back_up(ring, folder, pumps)
    stranger = ring._replace(settings=ring.settings._replace(identities=()))
    with pytest.raises(Trouble, match="cannot be opened with this key"):
        drilled(stranger, folder, manifest, NOON, DRILL_DATABASE_URL="postgresql://nobody@127.0.0.1:1/none")
    incoming.checked(folder, manifest.archive, lambda _: None)
