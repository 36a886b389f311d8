"""Bad days. Each ends with a clear line, and nothing is lost."""

from __future__ import annotations

import json
import signal
from datetime import timedelta

import psycopg
import pytest
from backup.backup_helpers import (
    NOON,
    TIMEOUT_S,
    add_listed_backup,
    execute,
    is_empty_database,
    make_backup,
    read_database,
    restore_into,
)

from ops.backup import catalog, database
from ops.backup.archive import check_archive
from ops.backup.create import create_backup
from ops.backup.errors import BusyError, DamagedError, UnreachableError
from ops.backup.read_commands import format_taken_at
from ops.backup.retention import RetentionRules, plan_prune
from ops.cli import CliOutput, OpsError
from shared.embedded_postgres import locks


def test_a_full_disk_is_reported_and_leaves_what_was_there(ops, own_pumps):
    ops.variables["DATABASE_URL"] = own_pumps
    assert ops("create").returncode == 0
    execute(own_pumps, "CREATE TABLE noise AS SELECT gen_random_uuid() AS a FROM generate_series(1, 20000)")
    result = ops.run("create", through=("sh", "-c", 'ulimit -f 200; exec "$@"', "sh"))
    assert (result.returncode, result.stdout) == (1, "")
    [line] = result.stderr.splitlines()
    assert "is full" in line
    [left] = json.loads(ops("list", "--json").stdout)
    assert (left["name"][:6], left["error"]) == ("000001", "")
    assert ops("verify").returncode == 0


def test_storage_that_goes_down_while_a_backup_is_written_is_reported(keys, s3_store, bucket, large):
    kept = add_listed_backup(keys, s3_store, make_backup(keys, s3_store, large), 7, NOON)
    before = dict(bucket.objects)
    bucket.budget = 4 * 1024 * 1024
    with pytest.raises(UnreachableError, match="does not answer as it should"):
        make_backup(keys, s3_store, large)
    bucket.budget = None
    finished = [each.name for each in catalog.list_backups(s3_store, keys.settings.trusted) if each.manifest]
    assert finished[-1] == kept
    assert before.items() <= bucket.objects.items()
    assert make_backup(keys, s3_store, large).name > kept


def test_storage_that_goes_down_while_a_backup_is_read_leaves_the_target_empty(
    keys, s3_store, bucket, large, create_database
):
    manifest = make_backup(keys, s3_store, large)
    target = create_database()
    bucket.budget = 3 * 1024 * 1024
    with pytest.raises(UnreachableError, match="does not answer as it should"):
        restore_into(keys, s3_store, manifest, target)
    assert is_empty_database(target)
    bucket.budget = None
    restore_into(keys, s3_store, manifest, target)
    assert read_database(target) == manifest.contents


def test_a_short_outage_is_waited_out(keys, s3_store, bucket, pumps):
    bucket.outages = 2
    manifest = make_backup(keys, s3_store, pumps)
    check_archive(s3_store, manifest.archive, lambda _: None)


def test_a_store_that_keeps_less_than_it_was_given_is_found_out_at_once(keys, s3_store, bucket, pumps):
    bucket.objects = Forgetful()
    with pytest.raises(DamagedError, match=r"is damaged: \d+ bytes"):
        make_backup(keys, s3_store, pumps)
    assert bucket.objects == {}


class Forgetful(dict):
    """Keeps all but the last byte of archives."""

    def __setitem__(self, key, value):
        super().__setitem__(key, value[:-1] if "archive" in key else value)


# Two at once, and the killed


def test_two_backups_at_once_are_one_and_a_clear_line(ops, pumps):
    with database.hold_snapshot(pumps):
        result = ops("create")
    assert (result.returncode, result.stdout) == (3, "")
    [line] = result.stderr.splitlines()
    assert "Another backup of this database is running" in line
    assert list(ops.store_folder.iterdir()) == []


def test_the_lock_is_held_for_as_long_as_a_backup_takes(keys, store, pumps):
    def now():
        with pytest.raises(BusyError):
            make_backup(keys, store, pumps)
        return NOON

    assert create_backup(keys.settings, store, pumps, CliOutput(), now).name.startswith("000001")


def test_a_killed_backup_leaves_no_lock_and_is_known_as_unfinished(keys, ops, bucket, s3_store, large):
    bucket.gate.clear()
    process = ops.start("create", **bucket.environment, DATABASE_URL=large)
    assert bucket.has_part.wait(TIMEOUT_S)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    bucket.gate.set()
    [left] = catalog.list_backups(s3_store, keys.settings.trusted)
    assert (left.manifest, left.error) == (None, "it was never finished.")
    free = lambda: not psycopg.connect(large).execute("SELECT 1 FROM pg_locks WHERE locktype = 'advisory'").fetchall()  # noqa: E731
    assert locks.wait_for(free, TIMEOUT_S)
    assert make_backup(keys, s3_store, large).name.startswith("000002")
    later = left.modified + timedelta(days=2)
    plan = plan_prune(catalog.list_backups(s3_store, keys.settings.trusted), RetentionRules(), later)
    assert [each.name for each in plan.deleted] == [left.name]


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_a_stopped_backup_cleans_up(ops, bucket, large, how):
    bucket.gate.clear()
    process = ops.start("create", **bucket.environment, DATABASE_URL=large)
    assert bucket.has_part.wait(TIMEOUT_S)
    process.send_signal(how)
    bucket.gate.set()  # until now the backup waits in the middle of its upload
    assert process.communicate() == ("", "Stopped.\n")
    assert (process.returncode, bucket.objects, bucket.parts) == (130, {}, {})


def test_what_a_killed_backup_half_wrote_goes_with_it(store, tmp_path):
    store.create("000001-20260101T000000Z/claim.json", b"{}")
    half = tmp_path / "store" / "000001-20260101T000000Z" / "archive.dump.zst.age#1"
    half.write_bytes(b"half")
    catalog.delete_backup(store, "000001-20260101T000000Z")
    assert (half.parent.exists(), (tmp_path / "store").exists()) == (False, True)


# Newer schemas and jumping clocks


def test_an_archive_from_a_newer_schema_is_refused_until_it_is_asked_for(ops, own_pumps):
    ops.variables["DATABASE_URL"] = own_pumps
    execute(own_pumps, "UPDATE alembic_version SET version_num = '9999'")
    assert ops("create").returncode == 0
    target = own_pumps.replace("/t_", "/n_")
    execute(own_pumps, f"CREATE DATABASE {target.partition('@/')[2].partition('?')[0]}")
    for command in (["drill"], ["restore", "--yes"]):
        result = ops(*command, RESTORE_DATABASE_URL=target)
        assert (result.returncode, result.stdout) == (1, "")
        [line] = result.stderr.splitlines()
        assert "has schema 9999, and this release knows up to 0" in line
    assert is_empty_database(target)
    assert ops("restore", "--yes", "--newer-schema", RESTORE_DATABASE_URL=target).returncode == 0
    assert read_database(target) == read_database(own_pumps)


def test_a_clock_that_jumps_back_does_not_change_which_is_newest(keys, store, pumps):
    ahead = make_backup(keys, store, pumps, NOON + timedelta(days=4000))
    back = make_backup(keys, store, pumps, NOON)
    backups = catalog.list_backups(store, keys.settings.trusted)
    assert [each.name for each in backups] == [ahead.name, back.name]
    assert catalog.choose_backup(backups, None).name == back.name
    assert format_taken_at(ahead.taken_at, NOON) == "4000 days ahead"


def test_a_clock_that_jumps_ahead_deletes_nothing(keys, store, pumps):
    manifest = make_backup(keys, store, pumps)
    for number in range(2, 6):
        add_listed_backup(keys, store, manifest, number, NOON + timedelta(days=number))
    backups = catalog.list_backups(store, keys.settings.trusted)
    assert plan_prune(backups, RetentionRules(), NOON + timedelta(days=90_000)).deleted == ()


def test_both_clocks_are_compared_with_the_database(keys, store, pumps, capsys):
    make_backup(keys, store, pumps, NOON)
    assert "The clocks of this machine and of the database differ by" in capsys.readouterr().err


# Targets


def test_a_target_that_is_not_empty_is_refused_and_unchanged(keys, store, pumps, create_database):
    manifest = make_backup(keys, store, pumps)
    target = create_database()
    execute(target, "CREATE SCHEMA theirs", "CREATE TABLE theirs.only_copy AS SELECT 1 AS one")
    before = read_database(target)
    with pytest.raises(OpsError, match=r"is not empty: it has theirs.only_copy. Name an empty one"):
        restore_into(keys, store, manifest, target)
    assert read_database(target) == before


def test_the_first_error_ends_a_restore_and_undoes_it(keys, store, own_pumps, create_database):
    execute(
        own_pumps,
        """CREATE FUNCTION few(t text) RETURNS boolean LANGUAGE plpgsql
           AS $$ BEGIN RETURN (SELECT count(*) < 9 FROM pumps); END $$""",
        "ALTER TABLE pumps ADD CHECK (few(name))",
    )
    manifest = make_backup(keys, store, own_pumps)
    target = create_database()
    with pytest.raises(OpsError, match=r'relation "pumps" does not exist.* nothing was changed'):
        restore_into(keys, store, manifest, target)
    assert is_empty_database(target)


@pytest.mark.parametrize(
    "url", ["postgresql://ada:canary@127.0.0.1:1/crm", "postgresql://ada:canary@name.invalid/crm", "not an address"]
)
def test_a_database_that_cannot_be_reached_is_reported_without_its_password(ops, url):
    result = ops("create", DATABASE_URL=url)
    assert (result.returncode in (1, 5), result.stdout) == (True, "")
    [line] = result.stderr.splitlines()
    assert "database" in line
    assert "canary" not in line
