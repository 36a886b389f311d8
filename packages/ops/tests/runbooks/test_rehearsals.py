"""The runbooks, done: their laptop blocks end well and say what the page says they say."""

from __future__ import annotations

import pytest
from runbooks import papers
from runbooks.conftest import PLAYED
from runbooks.newcomer import Newcomer, lacking


@pytest.mark.parametrize("page", PLAYED)
def test_a_newcomer_gets_through_and_sees_what_the_page_says(newcomers: dict[str, Newcomer], page: str):
    said = newcomers[page].said()
    for (block, expected), spoken in zip(newcomers[page].blocks, said, strict=True):
        assert lacking(spoken, expected) == [], f"{block.place} said:\n{spoken}"


@pytest.mark.parametrize("page", PLAYED)
def test_what_a_rehearsal_shows_is_told(page: str):
    expected = [lines for _, lines in papers.rehearsal(page) if lines]
    assert expected, "a rehearsal without an expected line proves little"


def test_a_line_that_was_not_said_is_missed():
    said = "Backed up: 000001-x, in 2 s.\nProven: 000001-x restored.\n"
    assert lacking(said, ["Backed up: …, in", "Proven: 000001-… restored"]) == []
    assert lacking(said, ["Proven: …", "Backed up: …"]) == ["Backed up: …"]
    assert lacking(said, ["Lost: …"]) == ["Lost: …"]
