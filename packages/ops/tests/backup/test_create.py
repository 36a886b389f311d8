"""A backup holds one moment of the database, whole, and only those it was made for can read it."""

from __future__ import annotations

import json
import os
import pty
import subprocess

import pytest
from backup.backup_helpers import (
    NOON,
    OPS,
    create_keys,
    execute,
    is_empty_database,
    make_backup,
    read_database,
    restore_into,
)

from ops.backup import catalog, database
from ops.backup.archive import check_archive
from ops.backup.create import create_backup
from ops.backup.errors import DamagedError
from ops.backup.keys import parse_identities
from ops.backup.manifest import Manifest, verify_document
from ops.cli import CliOutput, OpsError

ODD = (
    """CREATE TABLE "Odd Things" ("the key" text PRIMARY KEY, "a,b" jsonb, raw bytea, sum numeric(12, 2), ok boolean,
       loud text GENERATED ALWAYS AS (upper("the key")) STORED, at timestamptz)""",
    r"""INSERT INTO "Odd Things" VALUES
       (E'tab\tline\nback\\slash', '{"a": [1, null]}', '\x00ff', 1.50, true, DEFAULT, '2026-02-03 04:05:06.789+02'),
       ('ünïcode 🐙', NULL, NULL, NULL, NULL, DEFAULT, NULL), ('', 'null', '', 0, false, DEFAULT, 'infinity')""",
    "CREATE SCHEMA other",
    "CREATE TABLE other.days (day date, n int) PARTITION BY RANGE (day)",
    "CREATE TABLE other.year PARTITION OF other.days FOR VALUES FROM ('2026-01-01') TO ('2027-01-01')",
    "INSERT INTO other.days SELECT '2026-01-01'::date + i, i FROM generate_series(0, 99) i",
    'CREATE VIEW loud AS SELECT loud FROM "Odd Things"',
    "CREATE TABLE nothing_in_it ()",
    "INSERT INTO nothing_in_it DEFAULT VALUES",
)


def test_everything_comes_back_as_it_was(keys, store, own_pumps, create_database):
    execute(own_pumps, *ODD)
    manifest = make_backup(keys, store, own_pumps)
    target = create_database()
    restore_into(keys, store, manifest, target)
    assert read_database(target) == read_database(own_pumps) == manifest.contents
    assert {table.name: table.rows for table in manifest.contents.tables} == {
        "public.alembic_version": 1, "public.pumps": 3, "public.Odd Things": 3, "other.year": 100,
        "public.nothing_in_it": 1,
    }  # fmt: skip


def test_a_changed_value_changes_the_digest_and_the_order_of_rows_does_not(own_pumps):
    def digest() -> str:
        return read_database(own_pumps).tables[1].digest

    before = digest()
    execute(own_pumps, "UPDATE pumps SET name = 'ada' WHERE name = 'Ada'")
    assert digest() != before
    execute(own_pumps, "UPDATE pumps SET name = 'Ada' WHERE name = 'ada'")  # the row is elsewhere in the table now
    assert digest() == before


def test_rows_are_counted_in_the_snapshot_that_is_dumped(keys, store, own_pumps, create_database):
    def now():  # called while the snapshot is held
        execute(own_pumps, "INSERT INTO pumps (name) VALUES ('too late')", "DELETE FROM pumps WHERE name = 'Ada'")
        return NOON

    manifest = create_backup(keys.settings, store, own_pumps, CliOutput(), now)
    assert read_database(own_pumps) != manifest.contents
    target = create_database()
    restore_into(keys, store, manifest, target)
    assert read_database(target) == manifest.contents


def test_the_manifest_names_the_newest_row(keys, store, pumps):
    assert str(make_backup(keys, store, pumps).contents.newest) == "2026-02-01 00:00:00+00:00"


@pytest.mark.parametrize("whose", ["online", "offline"])
def test_each_recipient_can_read_it_alone(keys, store, pumps, create_database, whose):
    manifest = make_backup(keys, store, pumps)
    target = create_database()
    restore_into(keys, store, manifest, target, identity=getattr(keys, whose))
    assert read_database(target) == manifest.contents


def test_nothing_of_the_data_can_be_read_in_the_store(keys, store, own_pumps):
    execute(own_pumps, "INSERT INTO pumps (name) VALUES (repeat('canary', 500))")
    manifest = make_backup(keys, store, own_pumps)
    stored = b"".join(store.read(each.path) for each in store.list_objects())
    assert len(stored) > manifest.archive.size
    assert b"canary" not in stored
    assert b"PGDMP" not in stored


def test_a_large_one_goes_into_a_bucket_in_parts_and_comes_back(keys, s3_store, bucket, large, create_database):
    manifest = make_backup(keys, s3_store, large)
    assert manifest.archive.size > 8 * 1024 * 1024
    assert bucket.parts == {}
    target = create_database()
    restore_into(keys, s3_store, manifest, target)
    assert read_database(target) == manifest.contents


def test_nothing_is_ever_overwritten(keys, store, pumps):
    first, second = make_backup(keys, store, pumps), make_backup(keys, store, pumps)
    assert (first.name, second.name) == ("000001-20260301T120000Z", "000002-20260301T120000Z")
    with pytest.raises(OpsError, match="Nothing was overwritten"):
        store.create(f"{first.name}/manifest.json", b"other")
    check_archive(store, first.archive, lambda _: None)


def test_a_name_that_another_process_has_just_reserved_is_left_to_it(keys, store, pumps):
    reserved = f"{catalog.format_name(1, NOON)}/claim.json"

    def now():
        store.create(reserved, b"theirs")
        return NOON

    with pytest.raises(OpsError, match="Nothing was overwritten"):
        create_backup(keys.settings, store, pumps, CliOutput(), now)
    assert [each.path for each in store.list_objects()] == [reserved]


def test_the_arguments_of_a_program_hold_no_password():
    address = database.parse_address("postgresql://ada:canary%40x@db.example:5433/crm?sslmode=require")
    assert "canary" not in address.dsn
    assert address.environment == {"PGPASSWORD": "canary@x"}
    assert str(address) == "crm on db.example"


def test_the_error_of_pg_dump_is_passed_on_and_nothing_is_left(keys, store, own_pumps):
    execute(
        own_pumps,
        "CREATE ROLE reader LOGIN",
        "GRANT SELECT ON ALL TABLES IN SCHEMA public TO reader",
        "CREATE TABLE secret ()",
    )
    with pytest.raises(OpsError, match="permission denied for table secret"):
        make_backup(keys, store, own_pumps.replace("postgres@", "reader@"))
    assert store.list_objects() == []


def test_a_manifest_says_what_made_it(keys, store, pumps):
    manifest = make_backup(keys, store, pumps)
    document = store.read(f"{manifest.name}/manifest.json")
    assert verify_document(document, Manifest, keys.settings.trusted, "it") == manifest
    assert manifest.tools.versions["pg_dump"].startswith("pg_dump (PostgreSQL) 18")
    assert len(manifest.tools.commit) == 40
    assert manifest.archive.recipients == tuple(map(str, keys.settings.recipients))
    with pytest.raises(DamagedError, match="no key of BACKUP_VERIFY_KEYS has signed it"):
        verify_document(document, Manifest, create_keys().settings.trusted, "it")


# Which database it is


def test_a_manifest_names_the_database_and_its_system(keys, store, pumps, cluster):
    manifest = make_backup(keys, store, pumps)
    assert manifest.database.name == "pumps"
    assert int(manifest.database.system_identifier) > 2**60


def test_a_change_of_the_database_or_its_system_is_said(keys, store, pumps, own_pumps, older_cluster, capsys):
    make_backup(keys, store, pumps)
    make_backup(keys, store, pumps)
    assert "The newest backup" not in capsys.readouterr().err
    make_backup(keys, store, own_pumps)
    assert "The newest backup, 000002-20260301T120000Z, is of pumps (system 7" in capsys.readouterr().err


def test_a_manifest_of_an_older_release_is_still_read(keys, store, pumps):
    manifest = make_backup(keys, store, pumps)
    document = store.read(f"{manifest.name}/manifest.json")
    fields = json.loads(document)["body"]
    del fields["database"]
    older = verify_document(_sign(fields, keys), Manifest, keys.settings.trusted, "it")
    assert (older.name, older.database.name) == (manifest.name, "")


def _sign(fields: dict[str, object], keys) -> bytes:
    import base64

    body = json.dumps(fields).encode()
    signature = base64.urlsafe_b64encode(keys.settings.signer.sign(body)).decode()
    return b'{"body":%b,"key":"","signature":"%b"}' % (body, signature.encode())


@pytest.mark.parametrize(
    ("statements", "reason"),
    [
        ((), "is empty"),
        (("CREATE TABLE wells (id int)",), "has tables but no schema of the CRM"),
        (("CREATE TABLE alembic_version (version_num text)",), "has tables but no schema of the CRM"),
    ],
)
def test_a_database_without_the_crm_is_refused_and_nothing_is_written(keys, store, create_database, statements, reason):
    url = create_database()
    execute(url, *statements)
    with pytest.raises(OpsError, match=f"{reason}, so a backup of it would prove nothing.*crm migrate"):
        make_backup(keys, store, url)
    assert store.list_objects() == []
    assert is_empty_database(url) == (not statements)


# The command


def test_keys_are_files_for_their_owner_alone(ops, tmp_path):
    result = ops("keys", str(tmp_path / "keys"))
    variables = dict(line.split("=", 1) for line in result.stdout.splitlines())
    files = {path.name: path for path in (tmp_path / "keys").iterdir()}
    assert {path.stat().st_mode & 0o777 for path in files.values()} == {0o600}
    drill, offline = (parse_identities(files[f"{name}-identity.txt"].read_text())[0] for name in ("drill", "offline"))
    assert variables["BACKUP_RECIPIENTS"] == f"{drill.to_public()},{offline.to_public()}"
    assert "AGE-SECRET-KEY" not in result.stdout + result.stderr
    assert files["signing-key.txt"].read_text().strip() not in result.stdout + result.stderr
    again = ops("keys", str(tmp_path / "keys"))
    assert (again.returncode, again.stdout) == (1, "")
    assert "exists" in again.stderr


def test_the_command_prints_text_for_people_and_json_for_programs(ops):
    result = ops.run("create")
    assert (result.returncode, result.stderr) == (0, "")
    assert result.stdout.startswith("Backed up: 000001-")
    document = json.loads(ops("create", "--json").stdout)
    assert (document["contents"]["tables"][1]["rows"], document["database"]["name"]) == (3, "pumps")
    assert [each["kept_as"][0] for each in json.loads(ops("list", "--json").stdout)] == ["last", "newest"]


def test_bars_are_for_terminals(ops):
    ours, theirs = pty.openpty()
    environ = {**ops.environ, "TERM": "xterm"}
    result = subprocess.run([OPS, "backup", "create"], env=environ, stderr=theirs, stdout=subprocess.PIPE, check=True)
    os.close(theirs)
    shown = os.read(ours, 100_000)
    os.close(ours)
    assert b"Backing up" in shown
    assert b"\x1b" not in result.stdout
