"""What a look at the store asks for: the dumps and nothing else, however much lies beside them."""

from __future__ import annotations

from backup.keeping import back_up

from ops.backup import catalog

OTHER = "pit/7000000000000000001/wal/00000001/000000010000000000000001"


def test_dumps_are_found_without_listing_what_lies_beside_them(ring, cloud, bucket, pumps):
    manifest = back_up(ring, cloud, pumps)
    for path in (OTHER, "letter.txt"):
        cloud.create(path, b"{}")
    bucket.listed.clear()
    assert [each.name for each in catalog.read(cloud, ring.settings.trusted)] == [manifest.name]
    assert {key for key in bucket.listed if "/pit/" in key} == set()
    assert f"crm/{manifest.archive.object}" in bucket.listed


def test_a_dump_is_taken_away_without_listing_the_others(cloud, bucket):
    for path in (OTHER, "000001-20260301T000000Z/claim.json", "000002-20260302T000000Z/claim.json"):
        cloud.create(path, b"{}")
    catalog.discard(cloud, "000001-20260301T000000Z")
    assert bucket.listed == {"crm/000001-20260301T000000Z/claim.json"}
    assert set(bucket.objects) == {f"crm/{OTHER}", "crm/000002-20260302T000000Z/claim.json"}


def test_an_empty_folder_is_no_backup(ring, folder, tmp_path):
    (tmp_path / "store" / "000001-20260301T000000Z").mkdir()
    (tmp_path / "store" / "000002-20260301T000000Z").mkdir()
    folder.create("000002-20260301T000000Z/claim.json", b"{}")
    assert [each.number for each in catalog.read(folder, ring.settings.trusted)] == [2]
