"""Where the scan looks: files, what is staged, every commit, branch, tag and message; and where it cannot."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from secret_scan.conftest import OPS, Repository
from secret_scan.samples import SAMPLES

ROOT = next(folder for folder in Path(__file__).resolve().parents if (folder / "site.toml").exists())


@pytest.fixture
def token() -> str:
    return SAMPLES["github-token"]()


def places(repository: Repository, *options: str) -> list[tuple[str, str]]:
    return sorted((each["place"], each["path"]) for each in repository.found(*options))


def test_our_own_files_hold_none():
    done = subprocess.run(
        [OPS, "secrets", "scan", "--no-history", "--json"], cwd=ROOT, capture_output=True, check=False
    )
    assert json.loads(done.stdout)["findings"] == []
    assert done.returncode == 0


def test_what_git_ignores_is_not_looked_at(repository: Repository, token: str):
    repository.commit("Ignore", {".gitignore": ".env\n"})
    repository.write({".env": f"TOKEN={token}\n"})
    assert places(repository) == []


def test_a_secret_that_is_there_and_was_always_there_is_told_of_once(repository: Repository, token: str):
    repository.commit("One", {"a.txt": token})
    repository.commit("Two", {"a.txt": f"{token}\nmore\n"})
    assert places(repository) == [("tree", "a.txt")]


def test_one_that_came_with_a_merge_alone_is_found(repository: Repository, token: str):
    repository.git("checkout", "--quiet", "-b", "side")
    repository.commit("Aside", {"side.txt": "side\n"})
    repository.git("checkout", "--quiet", "main")
    repository.commit("Ahead", {"main.txt": "main\n"})
    repository.git("merge", "--quiet", "--no-commit", "--no-ff", "side")
    repository.commit("Merge", {"slipped.txt": token})
    repository.remove("slipped.txt")
    assert places(repository) == [("history", "slipped.txt")]


def test_branches_stashes_and_tags_are_looked_at_as_well(repository: Repository, token: str):
    repository.git("checkout", "--quiet", "-b", "side")
    repository.commit("Aside", {"side.txt": token})
    repository.git("checkout", "--quiet", "main")
    repository.git("tag", "--annotate", "v1", "-m", f"Deploy with {SAMPLES['crm-key']()}")
    repository.commit(f"Use {SAMPLES['resend-key']()}", {})
    repository.write({"README.md": SAMPLES["stripe-key"]()})
    repository.git("stash", "--quiet")
    found = {each["shape"]: each["path"] for each in repository.found()}
    assert found["github-token"] == "side.txt"
    assert found["stripe-key"] == "README.md"
    assert found["crm-key"] == "message of v1"
    assert found["resend-key"].startswith("message of ")


def test_an_old_version_of_a_file_that_is_clean_now_is_found(repository: Repository, token: str):
    commit = repository.commit("Leak", {"deep/settings with a blank.py": f'KEY = "{token}"\n'})
    repository.commit("Mend", {"deep/settings with a blank.py": "KEY = environ\n"})
    (told,) = repository.found()
    assert (told["path"], told["commit"]) == ("deep/settings with a blank.py", commit)
    assert "Revoke" in told["fix"]


def test_staged_is_what_the_next_commit_brings_and_nothing_else(repository: Repository, token: str):
    repository.commit("Old sin", {"old.txt": SAMPLES["crm-key"]()})
    repository.write({"new.txt": token, "unstaged.txt": token})
    repository.git("add", "new.txt")
    repository.write({"new.txt": "clean again, but not in the index\n"})
    assert places(repository, "--staged") == [("staged", "new.txt")]
    repository.git("restore", "--staged", "new.txt")
    assert places(repository, "--staged") == []


def test_the_hook_stops_the_commit(repository: Repository, token: str):
    hook = repository.folder / ".git/hooks/pre-commit"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(f"#!/bin/sh\nexec {OPS} secrets scan --staged\n")
    hook.chmod(0o755)
    with pytest.raises(subprocess.CalledProcessError) as stopped:
        repository.commit("Leak", {"new.txt": token})
    assert "new.txt:1 holds a GitHub token" in stopped.value.stdout + stopped.value.stderr
    repository.commit("Clean", {"new.txt": "clean\n"})


def test_a_subfolder_will_do_and_means_the_whole_repository(repository: Repository, token: str):
    repository.commit("Leak", {"a.txt": token, "sub/b.txt": "b\n"})
    assert places(repository, "--root", "sub") == [("tree", "a.txt")]


def test_links_and_repositories_within_are_passed_by(repository: Repository, make: Callable[[], Repository]):
    inner = make()
    repository.git("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(inner.folder), "inner")
    (repository.folder / "link").symlink_to("nowhere")
    repository.commit("Link", {})
    assert places(repository) == []


def test_where_there_is_no_repository_it_says_so(tmp_path: Path):
    done = subprocess.run([OPS, "secrets", "scan"], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert "lies in no git repository" in done.stderr


def test_half_a_history_is_not_taken_for_a_whole_one(repository: Repository, tmp_path: Path):
    repository.commit("Two", {"b.txt": "b\n"})
    repository.git("clone", "--quiet", "--depth=1", repository.folder.as_uri(), str(tmp_path / "shallow"))
    scan = [OPS, "secrets", "scan", "--root", tmp_path / "shallow"]
    done = subprocess.run(scan, capture_output=True, text=True, check=False)
    assert (done.returncode, "git fetch --unshallow" in done.stderr) == (2, True)
    assert subprocess.run([*scan, "--no-history"], check=False, capture_output=True).returncode == 0
