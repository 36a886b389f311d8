"""What a look at the store asks for: the dumps and nothing else, however much lies beside them."""

from __future__ import annotations

from backup.keeping import back_up

from ops.backup import catalog
from ops.backup.pit import bases

WAL = "pit/7000000000000000001/wal/00000001/000000010000000000000001"
BASE = "pit/7000000000000000001/base/000001-20260301T000000Z/claim.json"


def test_dumps_are_found_without_listing_the_wal_beside_them(ring, cloud, bucket, pumps):
    manifest = back_up(ring, cloud, pumps)
    for path in (WAL, BASE, "letter.txt"):
        cloud.create(path, b"{}")
    bucket.listed.clear()
    assert [each.name for each in catalog.read(cloud, ring.settings.trusted)] == [manifest.name]
    assert {key for key in bucket.listed if "/pit/" in key} == set()
    assert f"crm/{manifest.archive.object}" in bucket.listed


def test_bases_are_found_without_listing_the_wal_beside_them(ring, cloud, bucket):
    for path in (WAL, BASE):
        cloud.create(path, b"{}")
    [found] = bases.read(cloud, ring.settings.trusted)
    assert (found.name, found.finished) == ("000001-20260301T000000Z", False)
    assert bucket.listed == {f"crm/{BASE}"}


def test_a_dump_is_taken_away_without_listing_the_others(cloud, bucket):
    for path in (WAL, "000001-20260301T000000Z/claim.json", "000002-20260302T000000Z/claim.json"):
        cloud.create(path, b"{}")
    catalog.discard(cloud, "000001-20260301T000000Z")
    assert bucket.listed == {"crm/000001-20260301T000000Z/claim.json"}
    assert set(bucket.objects) == {f"crm/{WAL}", "crm/000002-20260302T000000Z/claim.json"}


def test_an_empty_folder_is_no_backup(ring, folder, tmp_path):
    (tmp_path / "store" / "000001-20260301T000000Z").mkdir()
    (tmp_path / "store" / "000002-20260301T000000Z").mkdir()
    folder.create("000002-20260301T000000Z/claim.json", b"{}")
    assert [each.number for each in catalog.read(folder, ring.settings.trusted)] == [2]
