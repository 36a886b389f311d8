"""Every statement of the founding document has a doer and a proof, and both are there."""

from __future__ import annotations

import re

import pytest
from founding import known
from founding.page import PAGE, ROOT, Row, is_written, read_chapters

from ops.verify.command import list_checks

# The document's chapters and how many statements each makes: its bullets, rows of tables, lines of its code and tree.
STATEMENTS = {
    "Overview": 1,
    "Architecture": 6,
    "Landing page": 10,
    "Blog": 10,
    "CRM": 18,
    "PostgreSQL": 3,
    "Variables": 11,
    "DNS records": 8,
    "TLS": 2,
    "Monorepo": 13,
    "Scripts at the root": 7,
    "CI": 8,
    "Of Railway": 3,
    "Recommended": 3,
    "Backups": 4,
    "Now": 3,
    "Growth": 3,
    "Secrets": 3,
    "Network": 3,
    "Inputs": 3,
    "Outputs": 3,
    "Success": 5,
    "Tests": 5,
}
SCRIPTS = ("dev-crm", "dev-blog", "build-crm", "build-blog", "lint", "test")
CHAPTERS = read_chapters(PAGE.read_text("utf-8"))
ROWS = [pytest.param(row, id=f"{name}: {row.says}") for name, rows in CHAPTERS.items() for row in rows]
every_row = pytest.mark.parametrize("row", ROWS)


@pytest.fixture(scope="module")
def tests() -> dict[str, set[str]]:
    return known.list_tests()


@pytest.fixture(scope="module")
def promises() -> set[str]:
    return {check.name for check in list_checks(local=False)}


def is_done(doer: str) -> bool:
    kind, _, name = doer.partition(" ")
    return not known.find_target_error(name) if kind == "make" else (ROOT / doer).exists()


def proves(proof: str, tests: dict[str, set[str]], promises: set[str]) -> bool:
    """Whether there is exactly one such thing."""
    if "::" in proof:
        ending, name = proof.split("::")
        meant = [names for path, names in tests.items() if f"/{path}".endswith(f"/{ending}")]
        return len(meant) == 1 and name.startswith("test_") and name in meant[0]
    kind, _, name = proof.partition(": ")
    names = {"verify": promises, "ci": known.list_jobs()}
    return name in (names[kind] if kind in names else known.list_steps(kind))


def test_no_statement_of_the_document_is_left_out():
    assert {name: len(rows) for name, rows in CHAPTERS.items()} == STATEMENTS


@every_row
def test_a_statement_says_who_does_it_and_what_proves_it(row: Row):
    assert row.says
    assert row.doers, "nobody does it"
    assert row.proofs, "nothing proves it"


@every_row
def test_whoever_does_it_is_there(row: Row):
    assert [doer for doer in row.doers if not is_done(doer)] == []


@every_row
def test_whatever_proves_it_is_there(row: Row, tests: dict[str, set[str]], promises: set[str]):
    assert [proof for proof in row.proofs if not proves(proof, tests, promises)] == []


@every_row
def test_a_figure_is_the_one_of_its_source_and_a_decision_exists(row: Row):
    for figure in row.figures:
        assert figure.title, f"{figure.shown} does not say on which line it stands"
        lines = [line for line in figure.path.read_text("utf-8").splitlines() if figure.title in line]
        assert is_written(figure.shown, figure.title, "\n".join(lines)), f"{figure.path.name} says now: {lines}"
    for decision in row.decisions:
        assert decision.path.parent == ROOT / "docs" / "decisions"
        assert decision.path.name.startswith(decision.shown)
        assert decision.path.is_file()


def test_an_experiment_that_is_named_is_a_step_of_its_page():
    page = (ROOT / "docs/runbooks/first-experiments.md").read_text("utf-8")
    steps = {int(number) for number in re.findall(r"^(\d+)\. ", page, re.MULTILINE)}
    named = {int(number) for rows in CHAPTERS.values() for row in rows for number in row.experiments}
    assert named
    assert named <= steps


@pytest.mark.parametrize("row", CHAPTERS["Success"], ids=lambda row: row.says)
def test_a_measure_of_success_has_a_figure_or_says_that_there_is_none_yet(row: Row):
    assert row.figures or "not yet" in row.last


def test_every_decision_that_speaks_of_the_document_is_named():
    named = {decision.path for rows in CHAPTERS.values() for row in rows for decision in row.decisions}
    speaking = {path for path in (ROOT / "docs/decisions").glob("*.md") if "founding document" in path.read_text()}
    assert speaking - named == set()


@pytest.mark.parametrize("name", SCRIPTS)
def test_a_script_of_the_root_is_a_target_of_make(name: str):
    assert known.find_target_error(name) == ""
    assert any(f"make {name}" in row.doers for row in CHAPTERS["Scripts at the root"])


def test_what_does_not_exist_would_be_noticed(tests: dict[str, set[str]], promises: set[str]):
    assert not is_done("packages/crm/src/crm/nobody.py")
    assert not is_done("make nothing")
    assert not proves("founding/test_founding.py::test_nobody_wrote", tests, promises)
    assert not proves("conftest.py::test_a_place_that_is_not_there_is_noticed", tests, promises)
    assert not any(proves(f"{kind}: nobody", tests, promises) for kind in ("verify", "ci", "check", "lint"))
    assert not is_written("1,953", "list", "| list | 11,953 |\n| lists | 1,953 |")
    assert is_written("1,953", "list", "| list | 1,953 | 11.6 |")
