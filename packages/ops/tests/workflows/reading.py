"""Workflows as data: their jobs, their steps, and the variables that a `run:` step gets."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Any, NamedTuple

import yaml

ROOT = next(folder for folder in Path(__file__).resolve().parents if (folder / "site.toml").exists())
FOLDER = ROOT / ".github/workflows"
TOOLS = Path(sys.executable).parent


class Step(NamedTuple):
    """One `run:` step; `env` holds what workflow, job and step give it."""

    workflow: str
    job: str
    name: str
    run: str
    env: dict[str, str]

    @property
    def key(self) -> str:
        return f"{self.workflow}/{self.job}/{self.name}"


def workflow(name: str) -> dict[str, Any]:
    # YAML 1.1 takes the key `on` for a truth value.
    told: dict[Any, Any] = yaml.safe_load((FOLDER / name).read_text())
    return {str(key) if key is not True else "on": value for key, value in told.items()}


def names() -> list[str]:
    return sorted(path.name for path in FOLDER.glob("*.yml"))


def jobs() -> list[tuple[str, str, dict[str, Any]]]:
    return [(name, job, told) for name in names() for job, told in workflow(name)["jobs"].items()]


def run_steps() -> list[Step]:
    found = []
    for name, job, told in jobs():
        for step in told["steps"]:
            if "run" in step:
                env = {**workflow(name).get("env", {}), **told.get("env", {}), **step.get("env", {})}
                found.append(Step(name, job, step["name"], step["run"], env))
    return found


def uses() -> list[tuple[str, str]]:
    """File and the text after `uses:` of every action, the comment included."""
    return [
        (name, line.strip()) for name in names() for line in re.findall(r"uses:\s*(.+)", (FOLDER / name).read_text())
    ]
