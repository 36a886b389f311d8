"""One table or one record of a backup, to look at."""

from __future__ import annotations

import json

import pytest
from backup.keeping import back_up, bring_back, look, run

from ops.backup import record
from ops.backup.faults import Missing, Trouble

ODD = (
    """CREATE TABLE "Odd"
       ("a,key" int PRIMARY KEY, text text, data jsonb, ok boolean, sum numeric, raw bytea, none text)""",
    r"""INSERT INTO "Odd"
        VALUES (7, E'tab\tline\nback\\slash \\N 🐙', '{"a": [1, null]}', false, 1.50, '\x00ff', NULL)""",
)


def find(ring, folder, manifest, wanted):
    return record.find(folder, manifest, ring.settings.identities, wanted, lambda _: None)


def test_a_record_is_shown_with_its_types(ring, folder, small):
    run(small, *ODD)
    manifest = back_up(ring, folder, small)
    assert find(ring, folder, manifest, "Odd:7") == {
        "a,key": 7, "text": "tab\tline\nback\\slash \\N 🐙", "data": {"a": [1, None]}, "ok": False, "sum": "1.50",
        "raw": "\\x00ff", "none": None,
    }  # fmt: skip


def test_a_record_is_printed_as_json(ops):
    assert ops("create").returncode == 0
    shown = ops("restore", "1", "--record", "pumps:2")
    assert json.loads(shown.stdout) == {"id": 2, "name": "Zoe", "created_at": "2026-02-01 00:00:00+00"}


@pytest.mark.parametrize(
    ("wanted", "told"),
    [("pumps:9", "has no pumps:9"), ("wells:1", "no table 'wells'. It has: pumps"), ("pumps", "such as leads:42")],
)
def test_what_is_not_there_is_told(ring, folder, pumps, wanted, told):
    with pytest.raises((Missing, Trouble), match=told):
        find(ring, folder, back_up(ring, folder, pumps), wanted)


def test_one_table_comes_with_its_rows_and_the_others_empty(ring, folder, crm_database, empty):
    manifest = back_up(ring, folder, crm_database)
    target = empty()
    bring_back(ring, folder, manifest, target, table="public.leads")
    rows = {table.name: table.rows for table in look(target).tables}
    assert rows.pop("public.leads") == next(
        each.rows for each in manifest.contents.tables if each.name == "public.leads"
    )
    assert len(rows) > 20
    assert set(rows.values()) == {0}


def test_a_restore_asks_first(ops, empty):
    assert ops("create").returncode == 0
    target = empty()
    told = ops("restore", RESTORE_DATABASE_URL=target)
    assert (told.returncode, "say --yes" in told.stderr) == (1, True)
    assert "3 rows" in told.stderr
    assert look(target).tables == ()
    done = ops("restore", "--yes", RESTORE_DATABASE_URL=target)
    assert (done.returncode, look(target).rows) == (0, 3)
