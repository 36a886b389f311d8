"""Runs the real steps of a job in a clone, as GitHub would. Actions, and calls of `gh`, are only recorded."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

from workflows.workflow_files import read_workflows

EXPRESSION = re.compile(r"\$\{\{\s*(.+?)\s*\}\}")
RECORDER = '#!/bin/sh\necho "$*" >>"$GH_CALLS"\n'


class JobRunner:
    """One run of `job` at `commit`: `actions` are the names of those it used, `calls` the command lines of gh."""

    def __init__(self, folder: Path, origin: Path, commit: str, **values: str) -> None:
        self.folder, self.clone = folder, folder / "clone"
        subprocess.run(["git", "clone", "--quiet", origin, self.clone], check=True)
        self.git("checkout", "--quiet", "--detach", commit)
        self.workflows = read_workflows(self.clone / ".github/workflows")
        self.values = {"github.token": "no-token", "github.repository": "galer7/octatech.xyz", **values}
        self.actions: list[str] = []
        self.summary = folder / "summary"
        (folder / "bin").mkdir()
        (folder / "bin/gh").write_text(RECORDER)
        (folder / "bin/gh").chmod(0o755)
        path = f"{folder / 'bin'}:{Path(sys.executable).parent}:{os.environ['PATH']}"
        self.environ = {
            "PATH": path, "HOME": str(folder), "GH_CALLS": str(folder / "calls"), "GITHUB_SHA": commit,
            "GITHUB_REF_NAME": "main", "GITHUB_REPOSITORY": "galer7/octatech.xyz", "GITHUB_SERVER_URL": folder.as_uri(),
            "GITHUB_OUTPUT": str(folder / "output"), "GITHUB_STEP_SUMMARY": str(self.summary),
        }  # fmt: skip

    @property
    def calls(self) -> list[str]:
        file = self.folder / "calls"
        return file.read_text().splitlines() if file.exists() else []

    def run(self, workflow: str, job: str, *, leave_out: tuple[str, ...] = ()) -> list[str]:
        """Returns the names of the steps that ran. `leave_out` are steps for which this machine has no means."""
        body = self.workflows[workflow]["jobs"][job]
        ran = []
        for step in body["steps"]:
            name = step.get("name") or step["uses"].partition("@")[0]
            if name in leave_out or not self._is_true(step.get("if", "")):
                continue
            ran.append(name)
            if "uses" in step:
                self.actions.append(name)
            else:
                self._run_step(step, body.get("env", {}) | step.get("env", {}))
        return ran

    def git(self, *arguments: str) -> str:
        command = ["git", "-C", self.clone, *arguments]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()

    def _run_step(self, step: dict[str, Any], env: dict[str, str]) -> None:
        output = self.folder / "output"
        output.write_text("")
        environ = self.environ | {name: self._evaluate(str(value)) for name, value in env.items()}
        command = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]]
        done = subprocess.run(command, cwd=self.clone, env=environ, capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"{step['name']}: {done.stdout}{done.stderr}"
        for line in output.read_text().splitlines():
            key, _, value = line.partition("=")
            self.values[f"steps.{step.get('id')}.outputs.{key}"] = value

    def _evaluate(self, text: str) -> str:
        return EXPRESSION.sub(lambda found: self._look_up(found[1]), text)

    def _look_up(self, expression: str) -> str:
        return next((self.values[name] for name in expression.split(" || ") if self.values.get(name)), "")

    def _is_true(self, condition: str) -> bool:
        """Knows `a == 'b'` and `a != 'b'`; no step has failed."""
        if condition in ("", "${{ !cancelled() }}"):
            return True
        if found := re.fullmatch(r"(\S+) (==|!=) '(.*)'", condition):
            return (self.values.get(found[1], "") == found[3]) is (found[2] == "==")
        assert condition == "failure()", condition
        return False
