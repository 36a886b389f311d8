"""A repository to try the checks of `scripts/lint_rules` on."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

LINT_RULES = Path(__file__).resolve().parents[2] / "scripts" / "lint_rules"


class Repository:
    """A folder with a git repository, without commits."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        subprocess.run(["git", "init", "--quiet", folder], check=True)

    def write(self, name: str, text: str) -> None:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")

    def run(self, check: str) -> tuple[int, list[str]]:
        """Returns the exit status and the findings of a check."""
        command = [sys.executable, LINT_RULES / f"{check}.py", self.folder]
        result = subprocess.run(command, capture_output=True, text=True, check=False)
        assert "Traceback" not in result.stderr, result.stderr
        return result.returncode, result.stderr.splitlines()


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    return Repository(tmp_path)
