"""The runbooks, done: their laptop blocks end well and say what the page says they say."""

from __future__ import annotations

import pytest
from runbooks import pages
from runbooks.conftest import PLAYED
from runbooks.runbook_runner import RunbookRunner, find_missing_lines


@pytest.mark.parametrize("page", PLAYED)
def test_the_laptop_blocks_of_a_page_work_and_print_what_it_says(runners: dict[str, RunbookRunner], page: str):
    output = runners[page].read_output()
    for (block, expected), spoken in zip(runners[page].blocks, output, strict=True):
        assert find_missing_lines(spoken, expected) == [], f"{block.place} said:\n{spoken}"


@pytest.mark.parametrize("page", PLAYED)
def test_every_rehearsal_has_an_expected_line(page: str):
    expected = [lines for _, lines in pages.list_laptop_blocks(page) if lines]
    assert expected, "a rehearsal without an expected line proves little"


def test_a_missing_line_is_found():
    output = "Backed up: 000001-x, in 2 s.\nProven: 000001-x restored.\n"
    assert find_missing_lines(output, ["Backed up: …, in", "Proven: 000001-… restored"]) == []
    assert find_missing_lines(output, ["Proven: …", "Backed up: …"]) == ["Backed up: …"]
    assert find_missing_lines(output, ["Lost: …"]) == ["Lost: …"]
