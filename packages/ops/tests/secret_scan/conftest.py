"""Repositories with secrets in them, made of real commits, and the real command that looks for them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

OPS = Path(sys.executable).parent / "ops"
WHO = {
    "GIT_AUTHOR_NAME": "Ada", "GIT_AUTHOR_EMAIL": "ada@octatech.example",
    "GIT_COMMITTER_NAME": "Ada", "GIT_COMMITTER_EMAIL": "ada@octatech.example",
    "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull,
}  # fmt: skip


class Repository:
    """A folder under git. `said` is all that the last scan wrote."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.said = ""
        folder.mkdir(exist_ok=True)
        self.git("init", "--quiet", "--initial-branch=main")
        self.commit("Begin", {"README.md": "A house.\n"})

    def git(self, *arguments: str) -> str:
        done = subprocess.run(
            ["git", *arguments], cwd=self.folder, env={**os.environ, **WHO}, capture_output=True, text=True, check=True
        )
        return done.stdout.strip()

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
        self.git("commit", "--quiet", "-m", "Take it out")
        return self.git("rev-parse", "HEAD")

    def scan(self, *options: str) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            [OPS, "secrets", "scan", *options], cwd=self.folder, capture_output=True, text=True, check=False
        )
        self.said = done.stdout + done.stderr
        return done

    def found(self, *options: str) -> list[dict[str, Any]]:
        """The findings, and that the status agrees with them."""
        done = self.scan("--json", *options)
        assert done.returncode in (0, 1), done.stderr
        document = json.loads(done.stdout)
        assert (done.returncode == 0) is document["ok"] is (not document["findings"])
        findings: list[dict[str, Any]] = document["findings"]
        return findings


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    return Repository(tmp_path / "house")


@pytest.fixture(scope="session")
def make(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[], Repository]]:
    yield lambda: Repository(tmp_path_factory.mktemp("secrets") / "house")
