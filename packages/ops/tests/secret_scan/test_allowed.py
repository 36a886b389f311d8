"""What may stay is named with a reason, and no wider than it must be."""

from __future__ import annotations

import pytest
from secret_scan.conftest import Repository
from secret_scan.samples import SAMPLES

from ops.secrets.allowed import FILE


def entry(**keys: str) -> str:
    return "[[allow]]\n" + "".join(f'{key} = "{value}"\n' for key, value in keys.items())


def test_a_path_lets_its_files_through_and_no_others(repository: Repository):
    repository.commit("Fixtures", {"tests/a.pem": "key\n", "src/b.pem": "key\n"})
    repository.write({FILE: entry(path="tests/*.pem", reason="Made for tests.")})
    assert [each["path"] for each in repository.found()] == ["src/b.pem"]


def test_a_blob_lets_through_what_only_history_keeps(repository: Repository):
    repository.commit("Leak", {"a.txt": SAMPLES["github-token"]()})
    repository.remove("a.txt")
    (told,) = repository.found()
    repository.write({FILE: entry(blob=told["blob"][:12], reason="Revoked on the day it leaked.")})
    assert repository.found() == []
    repository.commit("Again, and another", {"a.txt": SAMPLES["github-token"]()})
    assert len(repository.found()) == 1


def test_a_shape_lets_through_no_other_shape(repository: Repository):
    repository.commit("Two", {"a.txt": f"{SAMPLES['github-token']()}\n{SAMPLES['crm-key']()}\n"})
    repository.write({FILE: entry(path="a.txt", shape="github-token", reason="Revoked.")})
    assert [each["shape"] for each in repository.found()] == ["crm-key"]


def test_what_nothing_needs_any_longer_is_told(repository: Repository):
    repository.write({FILE: entry(path="gone/*", reason="Once there was something.")})
    done = repository.scan()
    assert done.returncode == 0
    assert "gone/*, and nothing needs it" in done.stdout


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (entry(path="a.txt"), "entry 1: give a reason"),
        (entry(path="a.txt", reason=" "), "entry 1: give a reason"),
        (entry(path="**", reason="All is well."), "name a path or a blob"),
        (entry(shape="github-token", reason="All is well."), "name a path or a blob"),
        (entry(blob="ab", reason="Some blob."), "at least 7 characters"),
        (entry(path="a.txt", file="b", reason="Two."), "there is no key file"),
        ("[[allow]]\npath = 3\nreason = 'Three.'\n", "every value is text"),
        ("[[allow", "cannot be read"),
    ],
)
def test_an_entry_without_reason_or_bounds_is_refused(repository: Repository, text: str, says: str):
    repository.write({FILE: text})
    done = repository.scan()
    assert done.returncode == 2
    assert says in done.stderr
    assert "Traceback" not in done.stderr
