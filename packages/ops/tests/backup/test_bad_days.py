"""Bad days. Each ends with a clear line, and nothing is lost."""

from __future__ import annotations

import json
import signal
from datetime import timedelta

import psycopg
import pytest
from backup.keeping import NOON, back_up, bring_back, is_empty, listed, look, run

from house.postgres import locks
from ops.backup import catalog, incoming, prune, report, snapshot
from ops.backup import create as creating
from ops.backup.faults import Busy, Damaged, Trouble, Unreachable
from ops.backup.retention import Keep
from ops.backup.screen import Screen

WAIT_S = 30


def test_a_full_disk_is_told_and_leaves_what_was_there(ops, small):
    ops.given["DATABASE_URL"] = small
    assert ops("create").returncode == 0
    run(small, "CREATE TABLE noise AS SELECT gen_random_uuid() AS a FROM generate_series(1, 20000)")
    told = ops.run("create", through=("sh", "-c", 'ulimit -f 200; exec "$@"', "sh"))
    assert (told.returncode, told.stdout) == (1, "")
    [line] = told.stderr.splitlines()
    assert "is full" in line
    [left] = json.loads(ops("list", "--json").stdout)
    assert (left["name"][:6], left["fault"]) == ("000001", "")
    assert ops("verify").returncode == 0


def test_storage_that_goes_down_while_a_backup_is_written_is_told(ring, cloud, bucket, large):
    kept = listed(ring, cloud, back_up(ring, cloud, large), 7, NOON)
    before = dict(bucket.objects)
    bucket.left = 4 * 1024 * 1024
    with pytest.raises(Unreachable, match="does not answer as it should"):
        back_up(ring, cloud, large)
    bucket.left = None
    finished = [each.name for each in catalog.read(cloud, ring.settings.trusted) if each.manifest]
    assert finished[-1] == kept
    assert before.items() <= bucket.objects.items()
    assert back_up(ring, cloud, large).name > kept


def test_storage_that_goes_down_while_a_backup_is_read_leaves_the_target_empty(ring, cloud, bucket, large, empty):
    manifest = back_up(ring, cloud, large)
    target = empty()
    bucket.left = 3 * 1024 * 1024
    with pytest.raises(Unreachable, match="does not answer as it should"):
        bring_back(ring, cloud, manifest, target)
    assert is_empty(target)
    bucket.left = None
    bring_back(ring, cloud, manifest, target)
    assert look(target) == manifest.contents


def test_a_short_outage_is_waited_out(ring, cloud, bucket, pumps):
    bucket.outages = 2
    manifest = back_up(ring, cloud, pumps)
    incoming.checked(cloud, manifest.archive, lambda _: None)


def test_a_store_that_keeps_less_than_it_was_given_is_found_out_at_once(ring, cloud, bucket, pumps):
    bucket.objects = Forgetful()
    with pytest.raises(Damaged, match=r"is damaged: \d+ bytes"):
        back_up(ring, cloud, pumps)
    assert bucket.objects == {}


class Forgetful(dict):
    """Keeps all but the last byte of archives."""

    def __setitem__(self, key, value):
        super().__setitem__(key, value[:-1] if "archive" in key else value)


# Two at once, and the killed


def test_two_backups_at_once_are_one_and_a_clear_line(ops, pumps):
    with snapshot.held(pumps):
        told = ops("create")
    assert (told.returncode, told.stdout) == (3, "")
    [line] = told.stderr.splitlines()
    assert "Another backup of this database is being made" in line
    assert list((ops.folder / "store").iterdir()) == []


def test_the_lock_is_held_for_as_long_as_a_backup_takes(ring, folder, pumps):
    def clock():
        with pytest.raises(Busy):
            back_up(ring, folder, pumps)
        return NOON

    assert creating.create(ring.settings, folder, pumps, Screen(), clock).name.startswith("000001")


def test_a_killed_backup_leaves_no_lock_and_is_known_as_unfinished(ring, ops, bucket, cloud, large):
    bucket.open.clear()
    making = ops.start("create", **bucket.environment, DATABASE_URL=large)
    assert bucket.waiting.wait(WAIT_S)
    making.send_signal(signal.SIGKILL)
    making.communicate()
    bucket.open.set()
    [left] = catalog.read(cloud, ring.settings.trusted)
    assert (left.manifest, left.fault) == (None, "it was never finished.")
    free = lambda: not psycopg.connect(large).execute("SELECT 1 FROM pg_locks WHERE locktype = 'advisory'").fetchall()  # noqa: E731
    assert locks.until(free, WAIT_S)
    assert back_up(ring, cloud, large).name.startswith("000002")
    later = left.touched + timedelta(days=2)
    planned = prune.plan(catalog.read(cloud, ring.settings.trusted), Keep(), later)
    assert [each.name for each in planned.gone] == [left.name]


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_a_stopped_backup_clears_up(ring, ops, large, how):
    making = ops.start("create", DATABASE_URL=large)
    place = ops.folder / "store"
    assert locks.until(lambda: any(place.glob("*/archive*")) or making.poll() is not None, WAIT_S)
    making.send_signal(how)
    assert making.communicate() == ("", "✗ Stopped.\n")
    assert (making.returncode, list(place.iterdir())) == (130, [])


def test_what_a_killed_backup_half_wrote_goes_with_it(folder, tmp_path):
    folder.create("000001-20260101T000000Z/claim.json", b"{}")
    half = tmp_path / "store" / "000001-20260101T000000Z" / "archive.dump.zst.age#1"
    half.write_bytes(b"half")
    catalog.discard(folder, "000001-20260101T000000Z")
    assert (half.parent.exists(), (tmp_path / "store").exists()) == (False, True)


# Newer schemas and jumping clocks


def test_an_archive_from_a_newer_schema_is_refused_until_it_is_asked_for(ops, small):
    ops.given["DATABASE_URL"] = small
    run(small, "CREATE TABLE alembic_version (version_num text)", "INSERT INTO alembic_version VALUES ('9999')")
    assert ops("create").returncode == 0
    target = small.replace("/t_", "/n_")
    run(small, f"CREATE DATABASE {target.partition('@/')[2].partition('?')[0]}")
    for command in (["drill"], ["restore", "--yes"]):
        told = ops(*command, RESTORE_DATABASE_URL=target)
        assert (told.returncode, told.stdout) == (1, "")
        [line] = told.stderr.splitlines()
        assert "has schema 9999, and this release knows up to 0" in line
    assert is_empty(target)
    assert ops("restore", "--yes", "--newer-schema", RESTORE_DATABASE_URL=target).returncode == 0
    assert look(target) == look(small)


def test_a_clock_that_jumps_back_does_not_change_which_is_newest(ring, folder, pumps):
    ahead = back_up(ring, folder, pumps, NOON + timedelta(days=4000))
    back = back_up(ring, folder, pumps, NOON)
    backups = catalog.read(folder, ring.settings.trusted)
    assert [each.name for each in backups] == [ahead.name, back.name]
    assert catalog.chosen(backups, None)[0].name == back.name
    assert report.age(ahead.taken_at, NOON) == "dated 4000 days ahead"


def test_a_clock_that_jumps_ahead_deletes_nothing(ring, folder, pumps):
    manifest = back_up(ring, folder, pumps)
    for number in range(2, 6):
        listed(ring, folder, manifest, number, NOON + timedelta(days=number))
    backups = catalog.read(folder, ring.settings.trusted)
    assert prune.plan(backups, Keep(), NOON + timedelta(days=90_000)).gone == ()


def test_both_clocks_are_compared_with_the_database(ring, folder, pumps, capsys):
    back_up(ring, folder, pumps, NOON)
    assert "This machine's clock and the database's are" in capsys.readouterr().err


# Targets


def test_a_target_that_is_not_empty_is_refused_and_unchanged(ring, folder, pumps, empty):
    manifest = back_up(ring, folder, pumps)
    target = empty()
    run(target, "CREATE SCHEMA theirs", "CREATE TABLE theirs.only_copy AS SELECT 1 AS one")
    before = look(target)
    with pytest.raises(Trouble, match=r"is not empty: it has theirs.only_copy. Name an empty one"):
        bring_back(ring, folder, manifest, target)
    assert look(target) == before


def test_the_first_error_ends_a_restore_and_undoes_it(ring, folder, small, empty):
    run(
        small,
        """CREATE FUNCTION few(t text) RETURNS boolean LANGUAGE plpgsql
           AS $$ BEGIN RETURN (SELECT count(*) < 9 FROM pumps); END $$""",
        "ALTER TABLE pumps ADD CHECK (few(name))",
    )
    manifest = back_up(ring, folder, small)
    target = empty()
    with pytest.raises(Trouble, match=r'relation "pumps" does not exist.* the database is as empty as before'):
        bring_back(ring, folder, manifest, target)
    assert is_empty(target)


@pytest.mark.parametrize(
    "url", ["postgresql://ada:canary@127.0.0.1:1/crm", "postgresql://ada:canary@name.invalid/crm", "not an address"]
)
def test_a_database_that_cannot_be_reached_is_told_without_its_password(ops, url):
    told = ops("create", DATABASE_URL=url)
    assert (told.returncode in (1, 5), told.stdout) == (True, "")
    [line] = told.stderr.splitlines()
    assert "database" in line
    assert "canary" not in line
