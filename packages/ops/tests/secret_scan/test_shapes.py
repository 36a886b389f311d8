"""Every shape is found in a file and in a deleted commit, and is never shown."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import pytest
from secret_scan.conftest import GitFolder
from secret_scan.corpus import ASSIGNED, HARMLESS_NAMES, SAMPLES, SECRET_NAMES

from ops.secrets.file_names import FILE_NAMES
from ops.secrets.shapes import SHAPES

SHOWN = 10
"""So many characters of a secret in a row are too many to show."""


class Scans(NamedTuple):
    """`tree` and `history` are the findings in files that exist, and in files that a commit has deleted."""

    secrets: dict[str, str]
    tree: list[dict[str, Any]]
    history: list[dict[str, Any]]
    printed: str


@pytest.fixture(scope="session")
def scans(make_repository: Callable[[], GitFolder]) -> Scans:
    """One secret of each shape in a file of its own: half of the files are committed, half are not yet."""
    there, gone = make_repository(), make_repository()
    secrets = {f"{name}.ini": sample() for name, sample in SAMPLES.items()}
    secrets |= {f"given-{number}.ini": sample() for number, sample in enumerate(ASSIGNED.values())}
    lines = {f"given-{number}.ini": line for number, line in enumerate(ASSIGNED)}
    files: dict[str, str | bytes] = {
        path: f"first\n{lines.get(path, '{}').format(secret)}\n" for path, secret in secrets.items()
    }
    files |= dict.fromkeys(SECRET_NAMES, "something\n")
    half = len(files) // 2
    there.commit("Half of it", dict(list(files.items())[:half]))
    there.write(dict(list(files.items())[half:]))
    gone.commit("All of it", files)
    gone.remove(*files)
    tree, history = there.find("--no-history"), gone.find()
    printed = "".join((there.printed, gone.printed, there.scan("--no-history").stdout, gone.scan().stdout))
    return Scans(secrets, tree, history, printed)


def find(findings: list[dict[str, Any]], path: str) -> list[tuple[str, int, str]]:
    return [(each["shape"], each["line"], each["place"]) for each in findings if each["path"] == path]


def test_every_shape_has_a_sample():
    assert sorted(SAMPLES) == sorted(shape.name for shape in SHAPES)


@pytest.mark.parametrize("shape", [*SAMPLES, *(f"given-{number}" for number in range(len(ASSIGNED)))])
def test_a_secret_of_this_shape_is_found_in_the_tree_and_in_a_deleted_commit(scans: Scans, shape: str):
    name = shape if shape in SAMPLES else "assigned-secret"
    assert find(scans.tree, f"{shape}.ini") == [(name, 2, "tree")]
    assert find(scans.history, f"{shape}.ini") == [(name, 2, "history")]


def test_a_finding_in_the_history_names_commit_and_blob(scans: Scans):
    assert all(each["commit"] and each["blob"][:12] in each["fix"] for each in scans.history)


@pytest.mark.parametrize("path", SECRET_NAMES)
def test_a_file_of_this_name_is_found_in_the_tree_and_in_a_deleted_commit(scans: Scans, path: str):
    for findings, place in ((scans.tree, "tree"), (scans.history, "history")):
        assert [each[1:] for each in find(findings, path)] == [(0, place)]


def test_every_kind_of_file_name_has_a_sample(scans: Scans):
    assert {each["shape"] for each in scans.tree if each["line"] == 0} == {name.name for name in FILE_NAMES}


def test_nothing_of_a_secret_is_shown(scans: Scans):
    assert len(scans.printed) > 10_000
    for path, secret in scans.secrets.items():
        plain = secret.replace("\n", " ")
        parts = (plain[start : start + SHOWN] for start in range(len(plain) - SHOWN + 1))
        assert [part for part in parts if part in scans.printed] == [], path


def test_files_whose_names_only_sound_secret_are_not_reported(repository: GitFolder):
    repository.commit("Harmless", dict.fromkeys(HARMLESS_NAMES, "something\n"))
    repository.commit("A certificate", {"tls/ca.pem": "-----BEGIN CERTIFICATE-----\nMIIB\n", ".env": ""})
    assert repository.find() == []
