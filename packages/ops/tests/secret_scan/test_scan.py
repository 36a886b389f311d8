"""The scan reads files, what is staged, and every commit, branch, tag and message."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from secret_scan.conftest import GitFolder
from secret_scan.corpus import SAMPLES
from typer.testing import CliRunner

from ops.secrets.cli import cli

OPS = Path(sys.executable).parent / "ops"


@pytest.fixture
def token() -> str:
    return SAMPLES["github-token"]()


def list_places(repository: GitFolder, *options: str) -> list[tuple[str, str]]:
    return sorted((each["place"], each["path"]) for each in repository.find(*options))


def test_ignored_files_are_not_scanned(repository: GitFolder, token: str):
    repository.commit("Ignore", {".gitignore": ".env\n"})
    repository.write({".env": f"TOKEN={token}\n"})
    assert list_places(repository) == []


def test_a_secret_in_the_tree_and_in_the_history_is_reported_once(repository: GitFolder, token: str):
    repository.commit("One", {"a.txt": token})
    repository.commit("Two", {"a.txt": f"{token}\nmore\n"})
    assert list_places(repository) == [("tree", "a.txt")]


def test_a_secret_that_only_a_merge_added_is_found(repository: GitFolder, token: str):
    repository.git("checkout", "--quiet", "-b", "side")
    repository.commit("Aside", {"side.txt": "side\n"})
    repository.git("checkout", "--quiet", "main")
    repository.commit("Ahead", {"main.txt": "main\n"})
    repository.git("merge", "--quiet", "--no-commit", "--no-ff", "side")
    repository.commit("Merge", {"slipped.txt": token})
    repository.remove("slipped.txt")
    assert list_places(repository) == [("history", "slipped.txt")]


def test_branches_stashes_and_tags_are_scanned(repository: GitFolder, token: str):
    repository.git("checkout", "--quiet", "-b", "side")
    repository.commit("Aside", {"side.txt": token})
    repository.git("checkout", "--quiet", "main")
    repository.git("tag", "--annotate", "v1", "-m", f"Deploy with {SAMPLES['crm-key']()}")
    repository.commit(f"Use {SAMPLES['resend-token']()}", {})
    repository.write({"README.md": SAMPLES["stripe-token"]()})
    repository.git("stash", "--quiet")
    found = {each["shape"]: each["path"] for each in repository.find()}
    assert found["github-token"] == "side.txt"
    assert found["stripe-token"] == "README.md"
    assert found["crm-key"] == "message of v1"
    assert found["resend-token"].startswith("message of ")


def test_an_old_version_of_a_clean_file_is_found(repository: GitFolder, token: str):
    commit = repository.commit("Leak", {"deep/settings with a blank.py": f'KEY = "{token}"\n'})
    repository.commit("Mend", {"deep/settings with a blank.py": "KEY = environ\n"})
    (finding,) = repository.find()
    assert (finding["path"], finding["commit"]) == ("deep/settings with a blank.py", commit)
    assert "Revoke" in finding["fix"]


def test_staged_is_what_the_next_commit_adds_and_nothing_else(repository: GitFolder, token: str):
    repository.commit("Old leak", {"old.txt": SAMPLES["crm-key"]()})
    repository.write({"new.txt": token, "unstaged.txt": token})
    repository.git("add", "new.txt")
    repository.write({"new.txt": "clean again, but not in the index\n"})
    assert list_places(repository, "--staged") == [("staged", "new.txt")]
    repository.git("restore", "--staged", "new.txt")
    assert list_places(repository, "--staged") == []


def test_the_hook_stops_the_commit(repository: GitFolder, token: str):
    hook = repository.folder / ".git/hooks/pre-commit"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(f"#!/bin/sh\nexec {OPS} secrets scan --staged\n")
    hook.chmod(0o755)
    with pytest.raises(subprocess.CalledProcessError) as error:
        repository.commit("Leak", {"new.txt": token})
    assert "new.txt:1 holds a GitHub token" in error.value.stdout + error.value.stderr
    repository.commit("Clean", {"new.txt": "clean\n"})


def test_a_subfolder_stands_for_the_whole_repository(repository: GitFolder, token: str):
    repository.commit("Leak", {"a.txt": token, "sub/b.txt": "b\n"})
    assert list_places(repository, "--root", str(repository.folder / "sub")) == [("tree", "a.txt")]


def test_links_and_submodules_are_skipped(repository: GitFolder, make_repository: Callable[[], GitFolder]):
    inner = make_repository()
    repository.git("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(inner.folder), "inner")
    (repository.folder / "link").symlink_to("nowhere")
    repository.commit("Link", {})
    assert list_places(repository) == []


def test_a_folder_outside_any_repository_is_an_error(tmp_path: Path):
    result = CliRunner().invoke(cli, ["scan", "--root", str(tmp_path)])
    assert result.exit_code == 2
    assert result.stderr.startswith(
        f"Error: {tmp_path} is in no git repository that can be read. Name one with --root."
    )


def test_a_shallow_clone_is_not_called_clean(repository: GitFolder, tmp_path: Path):
    repository.commit("Two", {"b.txt": "b\n"})
    repository.git("clone", "--quiet", "--depth=1", repository.folder.as_uri(), str(tmp_path / "shallow"))
    options = ["--root", str(tmp_path / "shallow")]
    result = repository.scan(*options)
    assert (result.exit_code, "git fetch --unshallow" in result.stderr) == (2, True)
    assert repository.scan(*options, "--no-history").exit_code == 0


def test_at_80_columns_nothing_is_cut(repository: GitFolder, token: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("COLUMNS", "80")
    path = "a-folder-with-a-long-name/another-folder-with-a-long-name/settings-of-the-service.ini"
    repository.write({path: token})
    lines = repository.scan("--no-history").stdout.splitlines()
    assert max(map(len, lines)) <= 80
    assert f"{path}:1" in "".join(line.strip() for line in lines)
    assert lines[-1] == "1 secret in 2 files."
