"""One table or one record of a backup."""

from __future__ import annotations

import json
import os
import re
import subprocess
from pathlib import Path

import pytest
from backup.backup_helpers import execute, make_backup, read_database, restore_into

from ops.backup.errors import NotFoundError
from ops.backup.programs import find_programs
from ops.backup.restore import find_record
from ops.cli import OpsError

ROOT = next(folder for folder in Path(__file__).resolve().parents if (folder / "site.toml").exists())
RUNBOOK = ROOT / "docs/runbooks/restore.md"
ODD = (
    """CREATE TABLE "Odd"
       ("a,key" int PRIMARY KEY, text text, data jsonb, ok boolean, sum numeric, raw bytea, none text)""",
    r"""INSERT INTO "Odd"
        VALUES (7, E'tab\tline\nback\\slash \\N 🐙', '{"a": [1, null]}', false, 1.50, '\x00ff', NULL)""",
)


def find(keys, store, manifest, reference):
    return find_record(store, manifest, keys.settings.identities, reference, lambda _: None)


def test_a_record_is_shown_with_its_types(keys, store, own_pumps):
    execute(own_pumps, *ODD)
    manifest = make_backup(keys, store, own_pumps)
    assert find(keys, store, manifest, "Odd:7") == {
        "a,key": 7, "text": "tab\tline\nback\\slash \\N 🐙", "data": {"a": [1, None]}, "ok": False, "sum": "1.50",
        "raw": "\\x00ff", "none": None,
    }  # fmt: skip


def test_a_record_is_printed_as_json(ops):
    assert ops("create").returncode == 0
    shown = ops("restore", "1", "--record", "pumps:2")
    assert json.loads(shown.stdout) == {"id": 2, "name": "Zoe", "created_at": "2026-02-01 00:00:00+00"}


@pytest.mark.parametrize(
    ("reference", "message"),
    [
        ("pumps:9", "has no pumps:9"),
        ("wells:1", "no table 'wells'. It has: alembic_version, pumps"),
        ("pumps", "such as leads:42"),
    ],
)
def test_a_record_that_does_not_exist_is_refused(keys, store, pumps, reference, message):
    with pytest.raises((NotFoundError, OpsError), match=message):
        find(keys, store, make_backup(keys, store, pumps), reference)


def test_one_table_comes_with_its_rows_and_the_others_empty(keys, store, crm_database, create_database):
    manifest = make_backup(keys, store, crm_database)
    target = create_database()
    restore_into(keys, store, manifest, target, table="public.leads")
    rows = {table.name: table.rows for table in read_database(target).tables}
    assert rows.pop("public.leads") == next(
        each.rows for each in manifest.contents.tables if each.name == "public.leads"
    )
    assert len(rows) > 20
    assert set(rows.values()) == {0}


def test_deleted_rows_come_back_into_a_table_that_has_rows_as_the_runbook_says(
    keys, store, own_pumps, create_database, tmp_path
):
    manifest = make_backup(keys, store, own_pumps)
    execute(own_pumps, "DELETE FROM pumps WHERE id < 3", "UPDATE pumps SET name = 'changed since' WHERE id = 3")
    beside = create_database()
    restore_into(keys, store, manifest, beside, table="public.pumps")
    [script] = re.findall(r"^ *pg_dump .*\n *psql .*\n", RUNBOOK.read_text("utf-8"), re.MULTILINE)
    environ = {**os.environ, "DATABASE_URL": own_pumps, "RESTORE_DATABASE_URL": beside}
    path = f"{find_programs(18, 18).folder}:{os.environ['PATH']}"
    subprocess.run(
        ["sh", "-ec", script.replace("leads", "pumps")], check=True, cwd=tmp_path, env={**environ, "PATH": path}
    )
    [_, table] = read_database(own_pumps).tables
    assert table.rows == 3
    assert find(keys, store, make_backup(keys, store, own_pumps), "pumps:3")["name"] == "changed since"


def test_a_restore_asks_first(ops, create_database):
    assert ops("create").returncode == 0
    target = create_database()
    result = ops("restore", RESTORE_DATABASE_URL=target)
    assert (result.returncode, "Pass --yes" in result.stderr) == (1, True)
    assert "of pumps (system 7" in result.stderr
    assert "4 rows" in result.stderr
    assert read_database(target).tables == ()
    result = ops("restore", "--yes", RESTORE_DATABASE_URL=target)
    assert (result.returncode, read_database(target).rows) == (0, 4)
