"""What the founding document wants tested is tested, and the page that says so is right."""

from __future__ import annotations

import re

from verify.every_check import checks

from house import site
from ops.verify.checks import Group

PAGE = site.find().resolve().parent / "specs" / "operations.md"
ROWS = re.compile(r"^\| ([A-Z0-9][^|]*) \| (`[^|]*) \|$", re.MULTILINE)


async def test_every_row_of_the_founding_documents_tables_has_checks_that_exist():
    rows = dict(ROWS.findall(PAGE.read_text("utf-8")))
    asked = ("Deployment", "Health", "SSL", "Database", "Secrets", "99.9 %", "Page load", "API response", "Recovery")
    assert [row for row, start in zip(rows, asked, strict=True) if not row.startswith(start)] == []
    known = {name for _, name in await checks()}
    for names in rows.values():
        assert {name for name in re.findall(r"`([^`]+)`", names) if name not in known} == set()


async def test_every_group_is_named_on_the_page_and_has_checks():
    text = PAGE.read_text("utf-8")
    listed = re.search(r"asks one group: ([a-z, ]+)\.", text)
    assert listed
    assert listed[1].split(", ") == [group.value for group in Group]
    assert {group for group, _ in await checks()} == set(Group)


async def test_no_two_checks_have_one_name():
    names = [name for _, name in await checks()]
    assert len(set(names)) == len(names)
