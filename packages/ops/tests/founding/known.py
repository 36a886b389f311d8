"""What can prove something here: every test, every step of `make lint` and `make check`, every job of CI."""

from __future__ import annotations

import ast
import re
import subprocess

import yaml
from founding.page import ROOT


def list_tests() -> dict[str, set[str]]:
    """The names of the tests in each test file, by its path in the repository."""
    files = [*ROOT.glob("packages/*/tests/**/*.py"), *ROOT.glob("tests/**/test_*.py")]
    return {str(file.relative_to(ROOT)): _list_names(file.read_text("utf-8")) for file in files}


def _list_names(source: str) -> set[str]:
    functions = (ast.FunctionDef, ast.AsyncFunctionDef)
    return {node.name for node in ast.walk(ast.parse(source)) if isinstance(node, functions)}


def list_steps(script: str) -> set[str]:
    """The names of what `scripts/lint` or `scripts/check` looks at."""
    text = (ROOT / "scripts" / script).read_text("utf-8")
    return set(re.findall(r"(?:^|then )\s*check ([\w-]+) ", text, re.MULTILINE))


def list_jobs() -> set[str]:
    """The jobs of CI."""
    return set(yaml.safe_load((ROOT / ".github/workflows/ci.yml").read_text("utf-8"))["jobs"])


def find_target_error(name: str) -> str:
    """What `make NAME` would fail with before it begins; empty where it has something to run."""
    ran = subprocess.run(["make", "--dry-run", name], cwd=ROOT, capture_output=True, text=True, check=False)
    return "" if ran.returncode == 0 and ran.stdout.strip() else ran.stderr or "nothing to run"
