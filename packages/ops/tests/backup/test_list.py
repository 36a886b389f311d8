"""What `ops backup list` shows, and what it asks of the store."""

from __future__ import annotations

import json

from backup.backup_helpers import NOON, add_listed_backup, make_backup

from ops.backup import catalog
from ops.backup.manifest import DatabaseId

OTHER = "pit/7000000000000000001/wal/00000001/000000010000000000000001"
BOOKS = DatabaseId("books", "7000000000000000001")


def test_databases_are_listed_apart_with_their_system(ops, keys, store, pumps):
    manifest = make_backup(keys, store, pumps)
    other = add_listed_backup(keys, store, manifest, 2, NOON, of=BOOKS)
    lines = ops("list").stdout.splitlines()
    assert lines[0] == f"pumps (system {manifest.database.system_identifier})"
    assert lines[2].startswith(manifest.name)
    assert lines[3] == "books (system 7000000000000000001)"
    assert lines[5].startswith(other)
    documents = json.loads(ops("list", "--json").stdout)
    assert [(each["database"], each["system_identifier"]) for each in documents] == [
        ("pumps", manifest.database.system_identifier),
        ("books", "7000000000000000001"),
    ]


def test_names_sizes_and_proofs_fit_80_columns(ops, keys, store, pumps):
    manifest = make_backup(keys, store, pumps)
    (ops.store_folder / "000002-20260301T120000Z").mkdir()
    store.create("000002-20260301T120000Z/claim.json", b"{}")
    lines = ops("list", COLUMNS="80").stdout.splitlines()
    assert max(map(len, lines)) <= 80
    assert manifest.name in lines[2]
    assert "never" in lines[2]
    assert "kB" in lines[2]
    assert lines[-1] == "000002-20260301T120000Z is unusable: it was never finished."


def test_an_empty_store_is_said_and_is_an_empty_list_for_programs(ops):
    assert "has no backup" in ops("list").stderr
    assert json.loads(ops("list", "--json").stdout) == []


def test_what_lies_beside_the_backups_is_left_alone(keys, s3_store, bucket, pumps):
    manifest = make_backup(keys, s3_store, pumps)
    for path in (OTHER, "letter.txt", "000002-20260302T000000Z/claim.json"):
        s3_store.create(path, b"{}")
    assert [each.number for each in catalog.list_backups(s3_store, keys.settings.trusted)] == [1, 2]
    catalog.delete_backup(s3_store, manifest.name)
    assert set(bucket.objects) == {f"crm/{OTHER}", "crm/letter.txt", "crm/000002-20260302T000000Z/claim.json"}


def test_an_empty_folder_is_not_a_backup(keys, store, ops):
    (ops.store_folder / "000001-20260301T000000Z").mkdir()
    store.create("000002-20260301T000000Z/claim.json", b"{}")
    assert [each.number for each in catalog.list_backups(store, keys.settings.trusted)] == [2]
