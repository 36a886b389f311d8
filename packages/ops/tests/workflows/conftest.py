from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from workflows.job_runner import JobRunner
from workflows.workflow_files import ROOT

ALONE = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}


class Origin:
    """A small repository with our workflows and scripts, and runs of jobs at its commits."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.tree = folder, folder / "tree"
        for name in (".github/workflows", "scripts"):
            shutil.copytree(ROOT / name, self.tree / name)
        # The facts that the tests name, whatever a fork writes into its own.
        shutil.copy(ROOT / "packages/ops/tests/octatech.toml", self.tree / "site.toml")
        self.git("init", "--quiet", "--initial-branch=main")
        self.runs = 0

    def push(self, *paths: str, branch: str = "main") -> str:
        """Commits a change of each path, and returns the commit."""
        for path in paths:
            file = self.tree / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(f"{file.read_text() if file.exists() else ''}{self.runs}\n")
        self.git("add", ".")
        who = ("-c", "user.name=Ada", "-c", "user.email=ada@example.org")
        self.git(*who, "commit", "--quiet", "--allow-empty", "--message", ", ".join(paths) or "Begin")
        return self.git("rev-parse", "HEAD")

    def go_live(self) -> str:
        """Commits that the system is live."""
        file = self.tree / "site.toml"
        file.write_text(file.read_text().replace("live = false", "live = true"))
        return self.push()

    def start(self, commit: str, **values: str) -> JobRunner:
        self.runs += 1
        folder = self.folder / f"run-{self.runs}"
        folder.mkdir()
        return JobRunner(folder, self.tree, commit, **values)

    def git(self, *arguments: str) -> str:
        command = ["git", "-C", self.tree, *arguments]
        environ = {**os.environ, **ALONE}
        return subprocess.run(command, env=environ, check=True, capture_output=True, text=True).stdout.strip()


@pytest.fixture
def origin(tmp_path: Path) -> Origin:
    origin = Origin(tmp_path)
    origin.push()
    return origin
