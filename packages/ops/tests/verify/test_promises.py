"""What the founding document wants tested is tested, and the page that says so is right."""

from __future__ import annotations

import re

from ops.verify.checks import Group
from ops.verify.command import list_checks
from shared import site_config

PAGE = site_config.find().resolve().parent / "specs" / "operations.md"
ROWS = re.compile(r"^\| ([A-Z0-9][^|]*) \| (`[^|]*) \|$", re.MULTILINE)


def test_every_row_of_the_founding_documents_tables_has_checks_that_exist():
    rows = dict(ROWS.findall(PAGE.read_text("utf-8")))
    asked = ("Deployment", "Health", "SSL", "Database", "Secrets", "99.9 %", "Page load", "API response", "Recovery")
    assert [row for row, start in zip(rows, asked, strict=True) if not row.startswith(start)] == []
    known = {check.name for check in list_checks(local=False)}
    for names in rows.values():
        assert {name for name in re.findall(r"`([^`]+)`", names) if name not in known} == set()


def test_every_group_is_named_on_the_page_and_has_checks():
    text = PAGE.read_text("utf-8")
    listed = re.search(r"runs one group: ([a-z, ]+)\.", text)
    assert listed
    assert listed[1].split(", ") == [group.value for group in Group]
    assert {check.group for check in list_checks(local=False)} == set(Group)


def test_no_two_checks_have_one_name():
    names = [check.name for check in list_checks(local=True)]
    assert len(set(names)) == len(names)
