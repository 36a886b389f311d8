"""An accepted finding has a reason, and the entry is no wider than it must be."""

from __future__ import annotations

import pytest
from secret_scan.conftest import GitFolder
from secret_scan.corpus import SAMPLES

from ops.secrets.allowlist import FILE_NAME


def entry(**keys: str) -> str:
    return "[[allow]]\n" + "".join(f'{key} = "{value}"\n' for key, value in keys.items())


def test_a_path_accepts_its_files_and_no_others(repository: GitFolder):
    repository.commit("Fixtures", {"tests/a.pem": "key\n", "src/b.pem": "key\n"})
    repository.write({FILE_NAME: entry(path="tests/*.pem", reason="Made for tests.")})
    assert [each["path"] for each in repository.find()] == ["src/b.pem"]


def test_a_blob_accepts_what_only_the_history_holds(repository: GitFolder):
    repository.commit("Leak", {"a.txt": SAMPLES["github-token"]()})
    repository.remove("a.txt")
    (finding,) = repository.find()
    repository.write({FILE_NAME: entry(blob=finding["blob"][:12], reason="Revoked on the day it leaked.")})
    assert repository.find() == []
    repository.commit("Again, and another", {"a.txt": SAMPLES["github-token"]()})
    assert len(repository.find()) == 1


def test_a_shape_accepts_no_other_shape(repository: GitFolder):
    repository.commit("Two", {"a.txt": f"{SAMPLES['github-token']()}\n{SAMPLES['crm-key']()}\n"})
    repository.write({FILE_NAME: entry(path="a.txt", shape="github-token", reason="Revoked.")})
    assert [each["shape"] for each in repository.find()] == ["crm-key"]


def test_an_entry_that_nothing_needs_is_reported(repository: GitFolder):
    repository.write({FILE_NAME: entry(path="gone/*", reason="It was a fixture.")})
    result = repository.scan()
    assert result.exit_code == 0
    assert "Nothing needs the entry gone/*" in result.stdout


@pytest.mark.parametrize(
    ("text", "error"),
    [
        (entry(path="a.txt"), "Give a reason - at `$.allow[0]`"),
        (entry(path="a.txt", reason=" "), "Give a reason"),
        (entry(path="**", reason="All is well."), "Name a path or a blob"),
        (entry(shape="github-token", reason="All is well."), "Name a path or a blob"),
        (entry(blob="ab", reason="Some blob."), "at least 7 characters"),
        (entry(path="a.txt", file="b", reason="Two."), "unknown field `file`"),
        ("[[allow]]\npath = 3\nreason = 'Three.'\n", "Expected `str`, got `int`"),
        ("[[allow", "cannot be read"),
    ],
)
def test_an_entry_without_reason_or_bounds_is_refused(repository: GitFolder, text: str, error: str):
    repository.write({FILE_NAME: text})
    result = repository.scan()
    assert result.exit_code == 2
    assert result.stderr.startswith("Error: secrets-allowed.toml cannot be read")
    assert error in " ".join(result.stderr.split())
