"""What was changed in the store, what nobody signed, and who has no key: result, and nothing is lost."""

from __future__ import annotations

import io
import shutil

import pytest
from backup.backup_helpers import NOON, create_keys, is_empty_database, make_backup, restore_into

from ops.backup import catalog
from ops.backup.archive import HELD_BACK, MeasuredWriter, check_archive
from ops.backup.errors import DamagedError, NotFoundError
from ops.backup.keys import Identity
from ops.backup.retention import RetentionRules, plan_prune
from ops.backup.store import open_store
from ops.cli import OpsError


def replace(store, path: str, data: bytes) -> None:
    """What a broken disk or a stranger would do."""
    store.delete(path)
    store.create(path, data)


def flip_bit(data: bytes, at: int) -> bytes:
    return data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]


@pytest.mark.parametrize("where", [0.0, 0.001, 0.5, 0.999999])
def test_a_flipped_byte_is_found_and_the_target_stays_empty(keys, tmp_path, large_backup, create_database, where):
    kept, manifest = large_backup
    store = open_store(str(shutil.copytree(kept, tmp_path / "copy")), {})
    whole = store.read(manifest.archive.object)
    replace(store, manifest.archive.object, flip_bit(whole, int(len(whole) * where)))
    target = create_database()
    with pytest.raises(DamagedError, match="its checksum is not what was written"):
        check_archive(store, manifest.archive, lambda _: None)
    with pytest.raises(DamagedError, match="its checksum is not what was written"):
        restore_into(keys, store, manifest, target)
    assert is_empty_database(target)


@pytest.mark.parametrize("change", [lambda d: d[:-1], lambda d: d[: len(d) // 2], lambda d: b"", lambda d: d + b"x"])
def test_a_file_of_another_length_is_found_and_the_target_stays_empty(keys, store, pumps, create_database, change):
    manifest = make_backup(keys, store, pumps)
    replace(store, manifest.archive.object, change(store.read(manifest.archive.object)))
    target = create_database()
    with pytest.raises(DamagedError, match=r"is damaged: \d+ bytes, not \d+"):
        restore_into(keys, store, manifest, target)
    assert is_empty_database(target)
    [found] = catalog.list_backups(store, keys.settings.trusted)
    assert (found.manifest, "is damaged" in found.error) == (None, True)


def test_an_archive_that_a_stranger_encrypted_for_us_is_not_restored(keys, store, pumps, create_database):
    """Everybody who knows our public keys can make one that opens; only its checksum is signed."""
    manifest, theirs = make_backup(keys, store, pumps), make_backup(keys, store, pumps)
    replace(store, manifest.archive.object, store.read(theirs.archive.object))
    target = create_database()
    with pytest.raises(DamagedError, match="is damaged"):
        restore_into(keys, store, manifest, target)
    assert is_empty_database(target)


def test_the_end_is_handed_over_only_when_all_of_it_was_found_right():
    passed_on = io.BytesIO()
    behind = MeasuredWriter(passed_on, HELD_BACK)
    for _ in range(100):
        behind.write(b"x" * 4096)
        behind.flush()
        assert len(passed_on.getvalue()) <= max(0, behind.size - HELD_BACK)
    assert passed_on.getvalue()
    behind.release()
    assert passed_on.getvalue() == b"x" * 409_600


def test_an_older_whole_backup_stands_in_for_a_damaged_one(keys, store, pumps):
    older, newer = make_backup(keys, store, pumps), make_backup(keys, store, pumps)
    replace(store, newer.archive.object, b"short")
    chosen = catalog.choose_backup(catalog.list_backups(store, keys.settings.trusted), None)
    assert chosen.name == older.name
    with pytest.raises(DamagedError, match=newer.name):
        catalog.choose_backup(catalog.list_backups(store, keys.settings.trusted), newer.name)


def test_a_command_tells_damage_in_one_line(ops, cluster):
    assert ops("create").returncode == 0
    [archive] = (ops.store_folder).glob("*/archive*")
    archive.write_bytes(flip_bit(archive.read_bytes(), 400))
    for command in ("verify", "drill"):
        result = ops(command, DRILL_DATABASE_URL=cluster.dsn("postgres"))
        assert (result.returncode, result.stdout) == (4, "")
        [line] = result.stderr.splitlines()
        assert "is damaged" in line
        assert "Use another backup." in line


def test_a_stranger_opens_nothing_and_learns_whose_it_is(keys, store, pumps, create_database):
    manifest = make_backup(keys, store, pumps)
    stranger = str(Identity.generate())
    target = create_database()
    whose = str(keys.settings.recipients[0])[:12]
    with pytest.raises(OpsError, match=f"cannot be opened with this key. It is for: {whose}"):
        restore_into(keys, store, manifest, target, identity=stranger)
    assert is_empty_database(target)


def test_a_missing_key_and_a_wrong_one_are_named_by_the_command(ops):
    assert ops("create").returncode == 0
    stranger = str(Identity.generate())
    for changes, status, words in (
        ({"BACKUP_IDENTITY": None}, 2, "BACKUP_IDENTITY is missing. Set it, or name the key file"),
        ({"BACKUP_IDENTITY": "AGE-SECRET-KEY-1CANARY"}, 2, "BACKUP_IDENTITY is wrong"),
        ({"BACKUP_IDENTITY": stranger}, 1, "cannot be opened with this key"),
    ):
        result = ops("restore", "--record", "pumps:1", **changes)
        assert (result.returncode, result.stdout) == (status, "")
        [line] = result.stderr.splitlines()
        assert words in line
        assert "CANARY" not in line


def test_a_manifest_that_somebody_changed_counts_for_nothing(keys, store, pumps):
    manifest = make_backup(keys, store, pumps)
    path = f"{manifest.name}/manifest.json"
    replace(store, path, store.read(path).replace(b'"rows": 3', b'"rows": 4'))
    [found] = catalog.list_backups(store, keys.settings.trusted)
    assert (found.manifest, "no key of BACKUP_VERIFY_KEYS has signed" in found.error) == (None, True)


def test_the_manifest_of_another_backup_does_not_pass_for_its_own(keys, store, pumps):
    first, second = make_backup(keys, store, pumps), make_backup(keys, store, pumps)
    replace(store, f"{second.name}/manifest.json", store.read(f"{first.name}/manifest.json"))
    one, other = catalog.list_backups(store, keys.settings.trusted)
    assert one.manifest == first
    assert (other.manifest, "is the manifest of" in other.error) == (None, True)


def test_what_somebody_else_signed_is_neither_used_nor_deleted(keys, store, pumps):
    manifest = make_backup(create_keys(), store, pumps)
    backups = catalog.list_backups(store, keys.settings.trusted)
    with pytest.raises(NotFoundError, match="no usable backup"):
        catalog.choose_backup(backups, None)
    assert plan_prune(backups, RetentionRules(1, 0, 0, 0, 0), NOON).reasons == {
        manifest.name: ["it cannot be trusted: look at it"]
    }
