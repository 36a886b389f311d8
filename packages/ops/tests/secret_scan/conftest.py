"""Repositories of real commits with secrets in them, and the command that scans them."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from typer.testing import CliRunner

from ops.secrets.cli import cli

AUTHOR = {
    "GIT_AUTHOR_NAME": "Ada", "GIT_AUTHOR_EMAIL": "ada@octatech.example",
    "GIT_COMMITTER_NAME": "Ada", "GIT_COMMITTER_EMAIL": "ada@octatech.example",
    "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull,
}  # fmt: skip


class GitFolder:
    """A folder under git. `printed` is all that the last scan wrote."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.printed = ""
        folder.mkdir(exist_ok=True)
        self.git("init", "--quiet", "--initial-branch=main")
        self.commit("Begin", {"README.md": "A project.\n"})

    def git(self, *arguments: str) -> str:
        result = subprocess.run(
            ["git", *arguments],
            cwd=self.folder,
            env={**os.environ, **AUTHOR},
            capture_output=True,
            text=True,
            check=True,
        )
        return result.stdout.strip()

    def write(self, files: dict[str, str | bytes]) -> None:
        for path, text in files.items():
            file = self.folder / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(text if isinstance(text, bytes) else text.encode())

    def commit(self, message: str, files: dict[str, str | bytes]) -> str:
        self.write(files)
        self.git("add", "--all", "--force")
        self.git("commit", "--quiet", "--allow-empty", "-m", message)
        return self.git("rev-parse", "HEAD")

    def remove(self, *paths: str) -> str:
        self.git("rm", "--quiet", *paths)
        self.git("commit", "--quiet", "-m", "Remove")
        return self.git("rev-parse", "HEAD")

    def scan(self, *options: str) -> Result:
        result = CliRunner().invoke(cli, ["scan", "--root", str(self.folder), *options])
        self.printed = result.stdout + result.stderr
        return result

    def find(self, *options: str) -> list[dict[str, Any]]:
        """Returns the findings, once the exit status agrees with them."""
        result = self.scan("--json", *options)
        assert result.exit_code in (0, 1), self.printed
        document = json.loads(result.stdout)
        assert (result.exit_code == 0) is document["ok"] is (not document["findings"])
        findings: list[dict[str, Any]] = document["findings"]
        return findings


@pytest.fixture(scope="session")
def make_repository(tmp_path_factory: pytest.TempPathFactory) -> Callable[[], GitFolder]:
    return lambda: GitFolder(tmp_path_factory.mktemp("secrets") / "project")


@pytest.fixture
def repository(make_repository: Callable[[], GitFolder]) -> GitFolder:
    return make_repository()
