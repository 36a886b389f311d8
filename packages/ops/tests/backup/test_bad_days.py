"""Bad days. Each ends with a clear line, and nothing is lost."""

from __future__ import annotations

import json
import shutil
import signal
from datetime import timedelta

import psycopg
import pytest
from backup.keeping import NOON, back_up, bring_back, is_empty, listed, look, make_ring, run

from house.postgres import locks
from ops.backup import catalog, incoming, keys, prune, report, snapshot, store
from ops.backup import create as creating
from ops.backup.faults import Busy, Damaged, Missing, Trouble, Unreachable
from ops.backup.retention import Keep
from ops.backup.screen import Screen

WAIT_S = 30


def put(place, path: str, data: bytes) -> None:
    """What a broken disk or a stranger would do."""
    place.delete(path)
    place.create(path, data)


def flipped(data: bytes, at: int) -> bytes:
    return data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]


# A flipped byte, a truncated file


@pytest.mark.parametrize("where", [0.0, 0.001, 0.5, 0.999999])
def test_a_flipped_byte_is_found_and_the_target_stays_empty(ring, tmp_path, large_backup, empty, where):
    kept, manifest = large_backup
    folder = store.opened(str(shutil.copytree(kept, tmp_path / "copy")), {})
    whole = folder.read(manifest.archive.object)
    put(folder, manifest.archive.object, flipped(whole, int(len(whole) * where)))
    target = empty()
    with pytest.raises(Damaged, match="its checksum is not what was written"):
        incoming.checked(folder, manifest.archive, lambda _: None)
    with pytest.raises(Damaged, match="its checksum is not what was written"):
        bring_back(ring, folder, manifest, target)
    assert is_empty(target)


@pytest.mark.parametrize("change", [lambda d: d[:-1], lambda d: d[: len(d) // 2], lambda d: b"", lambda d: d + b"x"])
def test_a_file_of_another_length_is_found_and_the_target_stays_empty(ring, folder, pumps, empty, change):
    manifest = back_up(ring, folder, pumps)
    put(folder, manifest.archive.object, change(folder.read(manifest.archive.object)))
    target = empty()
    with pytest.raises(Damaged, match=r"is damaged: \d+ bytes, not \d+"):
        bring_back(ring, folder, manifest, target)
    assert is_empty(target)
    [found] = catalog.read(folder, ring.settings.trusted)
    assert (found.manifest, "is damaged" in found.fault) == (None, True)


def test_an_older_whole_backup_stands_in_for_a_damaged_one(ring, folder, pumps):
    older, newer = back_up(ring, folder, pumps), back_up(ring, folder, pumps)
    put(folder, newer.archive.object, b"short")
    chosen, _ = catalog.chosen(catalog.read(folder, ring.settings.trusted), None)
    assert chosen.name == older.name
    with pytest.raises(Damaged, match=newer.name):
        catalog.chosen(catalog.read(folder, ring.settings.trusted), newer.name)


def test_a_command_tells_damage_in_one_line(ops):
    assert ops("create").returncode == 0
    [archive] = (ops.folder / "store").glob("*/archive*")
    archive.write_bytes(flipped(archive.read_bytes(), 400))
    for command in ("verify", "drill"):
        told = ops(command)
        assert (told.returncode, told.stdout) == (4, "")
        [line] = told.stderr.splitlines()
        assert "is damaged" in line
        assert "Use another backup." in line


# Keys


def test_a_stranger_opens_nothing_and_is_told_whose_it_is(ring, folder, pumps, empty):
    manifest = back_up(ring, folder, pumps)
    stranger, _ = keys.new_identity()
    target = empty()
    whose = ring.settings.recipients[0].text[:12]
    with pytest.raises(Trouble, match=f"cannot be opened with this key. It is for: {whose}"):
        bring_back(ring, folder, manifest, target, identity=stranger)
    assert is_empty(target)


def test_a_missing_key_and_a_wrong_one_are_told_by_command(ops):
    assert ops("create").returncode == 0
    stranger, _ = keys.new_identity()
    for changes, status, words in (
        ({"BACKUP_IDENTITY": None}, 2, "BACKUP_IDENTITY, or name the key file"),
        ({"BACKUP_IDENTITY": "AGE-SECRET-KEY-1CANARY"}, 2, "BACKUP_IDENTITY is wrong"),
        ({"BACKUP_IDENTITY": stranger}, 1, "cannot be opened with this key"),
    ):
        told = ops("restore", "--record", "pumps:1", **changes)
        assert (told.returncode, told.stdout) == (status, "")
        [line] = told.stderr.splitlines()
        assert words in line
        assert "CANARY" not in line


def test_a_manifest_that_somebody_changed_counts_for_nothing(ring, folder, pumps):
    manifest = back_up(ring, folder, pumps)
    path = f"{manifest.name}/manifest.json"
    put(folder, path, folder.read(path).replace(b'"rows": 3', b'"rows": 4'))
    [found] = catalog.read(folder, ring.settings.trusted)
    assert (found.manifest, "no key we know has signed" in found.fault) == (None, True)


def test_the_manifest_of_another_backup_does_not_pass_for_its_own(ring, folder, pumps):
    first, second = back_up(ring, folder, pumps), back_up(ring, folder, pumps)
    put(folder, f"{second.name}/manifest.json", folder.read(f"{first.name}/manifest.json"))
    one, other = catalog.read(folder, ring.settings.trusted)
    assert one.manifest == first
    assert (other.manifest, "is the manifest of" in other.fault) == (None, True)


def test_what_strangers_signed_is_neither_used_nor_deleted(ring, folder, pumps):
    manifest = back_up(make_ring(), folder, pumps)
    backups = catalog.read(folder, ring.settings.trusted)
    with pytest.raises(Missing, match="no backup that can be used"):
        catalog.chosen(backups, None)
    assert prune.plan(backups, Keep(1, 0, 0, 0, 0), NOON).why == {manifest.name: ["it cannot be trusted: look at it"]}


# Storage


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
