"""`specs/inputs/`: each unusual input that is handled names the tests that prove it."""

from __future__ import annotations

import re

import pytest
from founding import known
from founding.page import ROOT

PAGES = sorted((ROOT / "specs/inputs").glob("*.md"))
ROWS = [
    pytest.param(line, id=f"{page.stem}: {line.split('|')[1].strip()[:60]}")
    for page in PAGES
    for line in page.read_text("utf-8").splitlines()
    if line.startswith("| ") and not line.startswith("| Input")
]
PROOF = re.compile(r"`([\w/.-]+\.py)::(\w+)(?:\[[^`]*\])?`")


@pytest.fixture(scope="module")
def tests() -> dict[str, set[str]]:
    return known.list_tests()


@pytest.mark.parametrize("row", ROWS)
def test_every_input_names_a_test_that_is_there(row: str, tests: dict[str, set[str]]):
    proofs = PROOF.findall(row)
    assert proofs
    for path, name in proofs:
        files = [file for file in tests if file == path or file.endswith(f"/{path}")]
        assert any(name in tests[file] for file in files), f"{path}::{name}"


def test_there_are_such_pages():
    assert len(ROWS) > 50
