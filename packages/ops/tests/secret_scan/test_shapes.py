"""Every shape is found where it lies and where it once lay, and is never shown."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import pytest
from secret_scan.conftest import Repository
from secret_scan.samples import ASSIGNED, HARMLESS_LINES, HARMLESS_NAMES, NAMED, SAMPLES

from ops.secrets import look
from ops.secrets.names import NAMES
from ops.secrets.shapes import SHAPES

SHOWN = 10
"""So many characters of a secret in a row would be too many to show."""


class House(NamedTuple):
    """`lies` and `lay` are what is found of files that are there, and of files that a commit has deleted."""

    secrets: dict[str, str]
    lies: list[dict[str, Any]]
    lay: list[dict[str, Any]]
    said: str


@pytest.fixture(scope="session")
def house(make: Callable[[], Repository]) -> House:
    """One secret of each shape in a file of its own: half of the files are committed, half are not yet."""
    there, gone = make(), make()
    secrets = {f"{name}.ini": sample() for name, sample in SAMPLES.items()}
    secrets |= {f"given-{number}.ini": sample() for number, sample in enumerate(ASSIGNED.values())}
    lines = {f"given-{number}.ini": line for number, line in enumerate(ASSIGNED)}
    files: dict[str, str | bytes] = {
        path: f"first\nsecond {lines.get(path, 'is {}').format(secret)} and more\n" for path, secret in secrets.items()
    }
    files |= dict.fromkeys(NAMED, "something\n")
    half = len(files) // 2
    there.commit("Half of it", dict(list(files.items())[:half]))
    there.write(dict(list(files.items())[half:]))
    gone.commit("All of it", files)
    gone.remove(*files)
    lies, lay = there.found("--no-history"), gone.found()
    said = "".join((there.said, gone.said, there.scan().stdout, gone.scan().stdout))
    return House(secrets, lies, lay, said)


def test_there_is_a_sample_of_every_shape():
    assert sorted(SAMPLES) == sorted(shape.name for shape in SHAPES)


@pytest.mark.parametrize("shape", [*SAMPLES, *(f"given-{number}" for number in range(len(ASSIGNED)))])
def test_a_secret_of_this_shape_is_found_in_the_tree_and_in_a_deleted_commit(house: House, shape: str):
    name = shape if shape in SAMPLES else "assigned-secret"
    for findings, place in ((house.lies, "tree"), (house.lay, "history")):
        told = [each for each in findings if each["path"] == f"{shape}.ini"]
        assert [(each["shape"], each["line"], each["place"]) for each in told] == [(name, 2, place)]
    assert told[0]["commit"]
    assert told[0]["blob"].startswith(told[0]["fix"].partition("blob ")[2][:12])


@pytest.mark.parametrize("path", NAMED)
def test_a_file_of_this_name_is_found_in_the_tree_and_in_a_deleted_commit(house: House, path: str):
    for findings, place in ((house.lies, "tree"), (house.lay, "history")):
        told = [each for each in findings if each["path"] == path]
        assert [(each["line"], each["place"]) for each in told] == [(0, place)]


def test_every_kind_of_name_has_a_sample(house: House):
    assert {each["shape"] for each in house.lies if each["line"] == 0} == {name.name for name in NAMES}


def test_nothing_of_a_secret_is_shown(house: House):
    assert len(house.said) > 10_000
    for path, secret in house.secrets.items():
        plain = secret.replace("\n", " ")
        parts = (plain[start : start + SHOWN] for start in range(len(plain) - SHOWN + 1))
        shown = [part for part in parts if part in house.said]
        assert shown == [], path


@pytest.mark.parametrize("line", HARMLESS_LINES)
def test_what_only_looks_like_a_secret_is_left_alone(line: str):
    assert list(look.through([line.encode()])) == []


def test_files_with_names_that_only_sound_secret_are_left_alone(repository: Repository):
    repository.commit("Harmless", dict.fromkeys(HARMLESS_NAMES, "something\n"))
    repository.commit("A certificate", {"tls/ca.pem": "-----BEGIN CERTIFICATE-----\nMIIB\n", ".env": ""})
    assert repository.found() == []
