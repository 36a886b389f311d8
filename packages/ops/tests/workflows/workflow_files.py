"""The workflows as data: triggers, jobs and steps."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import yaml

ROOT = next(folder for folder in Path(__file__).resolve().parents if (folder / "site.toml").exists())
FOLDER = ROOT / ".github/workflows"

Workflows = dict[str, dict[str, Any]]
"""Each workflow by the name of its file."""


def read_workflows(folder: Path = FOLDER) -> Workflows:
    return {path.name: parse_workflow(path.read_text()) for path in sorted(folder.glob("*.yml"))}


def parse_workflow(text: str) -> dict[str, Any]:
    """Returns a workflow; `on` is always a mapping of triggers."""
    # YAML 1.1 reads the key `on` as true.
    workflow = {str(key) if key is not True else "on": value for key, value in yaml.safe_load(text).items()}
    triggers = workflow["on"]
    workflow["on"] = {triggers: None} if isinstance(triggers, str) else triggers
    return workflow


def list_jobs(workflows: Workflows) -> list[tuple[str, str, dict[str, Any]]]:
    return [(name, job, body) for name, workflow in workflows.items() for job, body in workflow["jobs"].items()]


def list_steps(workflows: Workflows) -> list[tuple[str, str, dict[str, Any]]]:
    return [(name, job, step) for name, job, body in list_jobs(workflows) for step in body["steps"]]


def list_actions() -> list[tuple[str, str]]:
    """Returns file and the text after `uses:` of every action, with its comment."""
    return [
        (path.name, line.strip())
        for path in FOLDER.glob("*.yml")
        for line in re.findall(r"uses:\s*(.+)", path.read_text())
    ]
