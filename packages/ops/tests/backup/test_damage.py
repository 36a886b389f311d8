"""What was changed in the store, what nobody signed, and who has no key: told, and nothing is lost."""

from __future__ import annotations

import io
import shutil

import pytest
from backup.keeping import NOON, back_up, bring_back, is_empty, make_ring

from ops.backup import catalog, incoming, keys, prune, store
from ops.backup.faults import Damaged, Missing, Trouble
from ops.backup.retention import Keep

WAIT_S = 30


def put(place, path: str, data: bytes) -> None:
    """What a broken disk or a stranger would do."""
    place.delete(path)
    place.create(path, data)


def flipped(data: bytes, at: int) -> bytes:
    return data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]


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


def test_an_archive_that_a_stranger_encrypted_for_us_is_not_restored(ring, folder, pumps, empty):
    """Everybody who knows our public keys can make one that opens; only its checksum is signed."""
    manifest, theirs = back_up(ring, folder, pumps), back_up(ring, folder, pumps)
    put(folder, manifest.archive.object, folder.read(theirs.archive.object))
    target = empty()
    with pytest.raises(Damaged, match="is damaged"):
        bring_back(ring, folder, manifest, target)
    assert is_empty(target)


def test_the_end_is_handed_over_only_when_all_of_it_was_found_right():
    passed_on = io.BytesIO()
    behind = incoming.KeptBack(passed_on)
    for _ in range(100):
        behind.write(b"x" * 4096)
        behind.flush()
        assert len(passed_on.getvalue()) <= max(0, behind.size - incoming.KEPT_BACK)
    assert passed_on.getvalue()
    behind.release()
    assert passed_on.getvalue() == b"x" * 409_600


def test_an_older_whole_backup_stands_in_for_a_damaged_one(ring, folder, pumps):
    older, newer = back_up(ring, folder, pumps), back_up(ring, folder, pumps)
    put(folder, newer.archive.object, b"short")
    chosen, _ = catalog.chosen(catalog.read(folder, ring.settings.trusted), None)
    assert chosen.name == older.name
    with pytest.raises(Damaged, match=newer.name):
        catalog.chosen(catalog.read(folder, ring.settings.trusted), newer.name)


def test_a_command_tells_damage_in_one_line(ops, cluster):
    assert ops("create").returncode == 0
    [archive] = (ops.folder / "store").glob("*/archive*")
    archive.write_bytes(flipped(archive.read_bytes(), 400))
    for command in ("verify", "drill"):
        told = ops(command, DRILL_DATABASE_URL=cluster.dsn("postgres"))
        assert (told.returncode, told.stdout) == (4, "")
        [line] = told.stderr.splitlines()
        assert "is damaged" in line
        assert "Use another backup." in line


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
