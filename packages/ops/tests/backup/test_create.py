"""A backup holds one moment of the database, whole, and only those it was made for can read it."""

from __future__ import annotations

import json
import os
import pty
import subprocess

import pytest
from backup.keeping import NOON, OPS, back_up, bring_back, look, make_ring, run

from ops.backup import catalog, database, incoming, keys, programs, signed, store
from ops.backup import create as creating
from ops.backup.faults import Damaged, Taken, Trouble
from ops.backup.manifest import Manifest
from ops.backup.screen import Screen

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


def test_everything_comes_back_as_it_was(ring, folder, small, empty):
    run(small, *ODD)
    manifest = back_up(ring, folder, small)
    target = empty()
    bring_back(ring, folder, manifest, target)
    assert look(target) == look(small) == manifest.contents
    assert {table.name: table.rows for table in manifest.contents.tables} == {
        "public.pumps": 3, "public.Odd Things": 3, "other.year": 100, "public.nothing_in_it": 1,
    }  # fmt: skip


def test_a_changed_value_changes_the_digest_and_the_order_of_rows_does_not(small):
    def digest() -> str:
        return look(small).tables[0].digest

    before = digest()
    run(small, "UPDATE pumps SET name = 'ada' WHERE name = 'Ada'")
    assert digest() != before
    run(small, "UPDATE pumps SET name = 'Ada' WHERE name = 'ada'")  # it lies elsewhere in the table now
    assert digest() == before


def test_rows_are_counted_in_the_snapshot_that_is_dumped(ring, folder, small, empty):
    def clock():  # asked when the snapshot is held
        run(small, "INSERT INTO pumps (name) VALUES ('too late')", "DELETE FROM pumps WHERE name = 'Ada'")
        return NOON

    manifest = creating.create(ring.settings, folder, small, Screen(), clock)
    assert look(small) != manifest.contents
    target = empty()
    bring_back(ring, folder, manifest, target)
    assert look(target) == manifest.contents


def test_the_newest_row_is_told(ring, folder, pumps):
    assert str(back_up(ring, folder, pumps).contents.newest) == "2026-02-01 00:00:00+00:00"


@pytest.mark.parametrize("whose", ["online", "offline"])
def test_each_recipient_can_read_it_alone(ring, folder, pumps, empty, whose):
    manifest = back_up(ring, folder, pumps)
    target = empty()
    bring_back(ring, folder, manifest, target, identity=getattr(ring, whose))
    assert look(target) == manifest.contents


def test_nothing_of_the_data_can_be_read_in_the_store(ring, folder, small):
    run(small, "INSERT INTO pumps (name) VALUES (repeat('canary', 500))")
    manifest = back_up(ring, folder, small)
    stored = b"".join(folder.read(each.path) for each in folder.objects())
    assert len(stored) > manifest.archive.size
    assert b"canary" not in stored
    assert b"PGDMP" not in stored


def test_a_large_one_goes_into_a_bucket_in_parts_and_comes_back(ring, cloud, bucket, large, empty):
    manifest = back_up(ring, cloud, large)
    assert manifest.archive.size > 8 * 1024 * 1024
    assert bucket.parts == {}
    target = empty()
    bring_back(ring, cloud, manifest, target)
    assert look(target) == manifest.contents


def test_nothing_is_ever_overwritten(ring, folder, pumps):
    first, second = back_up(ring, folder, pumps), back_up(ring, folder, pumps)
    assert (first.name, second.name) == ("000001-20260301T120000Z", "000002-20260301T120000Z")
    with pytest.raises(Taken, match="Nothing was overwritten"):
        folder.create(f"{first.name}/manifest.json", b"other")
    incoming.checked(folder, first.archive, lambda _: None)


def test_a_name_that_another_maker_has_just_taken_is_left_to_them(ring, folder, pumps):
    taken = f"{catalog.named(1, NOON)}/claim.json"

    def clock():
        folder.create(taken, b"theirs")
        return NOON

    with pytest.raises(Taken):
        creating.create(ring.settings, folder, pumps, Screen(), clock)
    assert [each.path for each in folder.objects()] == [taken]


def test_what_a_program_says_on_its_command_line_holds_no_password():
    address = database.address("postgresql://ada:canary%40x@db.example:5433/crm?sslmode=require")
    assert "canary" not in address.plain
    assert address.environment == {"PGPASSWORD": "canary@x"}
    assert address.spoken == "crm on db.example"


def test_programs_older_than_the_server_are_refused_with_what_to_install():
    with pytest.raises(Trouble, match=r"PostgreSQL 99 needs pg_dump .* found .*18 in .*postgresql-client-99"):
        programs.found(99)
    assert programs.found(18).major >= 18


def test_the_words_of_pg_dump_are_passed_on_and_nothing_is_left(ring, folder, small, cluster):
    run(
        small,
        "CREATE ROLE reader LOGIN",
        "GRANT SELECT ON ALL TABLES IN SCHEMA public TO reader",
        "CREATE TABLE secret ()",
    )
    with pytest.raises(Trouble, match="permission denied for table secret"):
        back_up(ring, folder, small.replace("postgres@", "reader@"))
    assert folder.objects() == []


def test_a_manifest_tells_what_made_it(ring, folder, pumps):
    manifest = back_up(ring, folder, pumps)
    paper = folder.read(f"{manifest.name}/manifest.json")
    assert signed.opened(paper, Manifest, ring.settings.trusted, "it") == manifest
    assert manifest.tools.versions["pg_dump"].startswith("pg_dump (PostgreSQL) ")
    assert len(manifest.tools.commit) == 40
    assert manifest.archive.recipients == tuple(each.text for each in ring.settings.recipients)
    with pytest.raises(Damaged, match="no key we know has signed"):
        signed.opened(paper, Manifest, make_ring().settings.trusted, "it")


def test_keys_are_made_in_files_for_their_owner_alone(ops, tmp_path):
    made = ops("keys", str(tmp_path / "keys"))
    told = dict(line.split("=", 1) for line in made.stdout.splitlines())
    files = {path.name: path for path in (tmp_path / "keys").iterdir()}
    assert {path.stat().st_mode & 0o777 for path in files.values()} == {0o600}
    drill, offline = (keys.identities(files[f"{name}-identity.txt"].read_text())[0] for name in ("drill", "offline"))
    assert told["BACKUP_RECIPIENTS"] == f"{drill.recipient},{offline.recipient}"
    assert "AGE-SECRET-KEY" not in made.stdout + made.stderr
    assert files["signing-key.txt"].read_text().strip() not in made.stdout + made.stderr
    again = ops("keys", str(tmp_path / "keys"))
    assert (again.returncode, again.stdout) == (1, "")
    assert "exists" in again.stderr


def test_the_command_speaks_to_people_and_to_programs(ops):
    told = ops.run("create")
    assert (told.returncode, told.stderr) == (0, "")
    assert told.stdout.startswith("Backed up: 000001-")
    document = json.loads(ops("create", "--json").stdout)
    assert document["contents"]["tables"][0]["rows"] == 3
    listed = ops("list")
    assert listed.stdout.splitlines()[1].startswith("000001-")
    assert "never" in listed.stdout
    assert [each["kept_as"][0] for each in json.loads(ops("list", "--json").stdout)] == ["last", "newest"]


def test_bars_are_for_terminals(ops):
    ours, theirs = pty.openpty()
    done = subprocess.run(
        [OPS, "backup", "create"],
        env={**ops.environ, "TERM": "xterm"},
        stderr=theirs,
        stdout=subprocess.PIPE,
        check=True,
    )
    os.close(theirs)
    shown = os.read(ours, 100_000)
    os.close(ours)
    assert b"Backing up" in shown
    assert b"\x1b" not in done.stdout


def test_all_that_is_missing_is_told_at_once(ops):
    told = ops("create", BACKUP_STORE="", BACKUP_RECIPIENTS="age1nobody", BACKUP_SIGNING_KEY="short")
    assert told.returncode == 2
    assert [line.split()[1] for line in told.stderr.splitlines()] == [
        "BACKUP_STORE", "BACKUP_SIGNING_KEY", "BACKUP_RECIPIENTS",
    ]  # fmt: skip


@pytest.mark.parametrize("address", ["ftp://host/folder", "/nowhere/at/all", "s3:///"])
def test_a_store_that_cannot_be_is_told(address):
    with pytest.raises(Trouble, match="BACKUP_STORE"):
        store.opened(address, {})
