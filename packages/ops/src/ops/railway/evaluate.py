"""Evaluates `.railway/railway.py` as Railway's own tool does: a Python of its own imports it and calls its `main`."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import msgspec

from ops.railway.faults import Unreadable
from ops.railway.graph import Graph

FILE = Path(".railway/railway.py")
PATIENCE_S = 30
# The protocol of Railway's tool: `main`, else `Railway` or `default`, called with no arguments when it takes none;
# the answer's `to_graph`, if it has one; everything as one JSON document. `PARTIAL` names a file that owns only a part.
PROGRAM = """
import importlib.util, json, sys
spec = importlib.util.spec_from_file_location("railway_sdk_user", sys.argv[1])
module = importlib.util.module_from_spec(spec)
spec.loader.exec_module(module)
first = lambda *names: next((found for name in names if (found := getattr(module, name, None))), None)
made = first("main", "Railway", "default")
made = made() if callable(made) else made
made = made.to_graph() if hasattr(made, "to_graph") else made
print(json.dumps({"partial": first("PARTIAL", "Partial", "partial"), "project": made}, default=str))
"""


class Evaluated(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    project: Graph
    partial: str | None


def evaluate(file: Path) -> Graph:
    """The graph of the file. Raises `Unreadable` with what Python or the schema objects to."""
    if not file.is_file():
        raise Unreadable(f"There is no {file}. Run this at the root of the repository.")
    try:
        ran = subprocess.run(
            [sys.executable, "-c", PROGRAM, file.resolve()],
            capture_output=True, text=True, timeout=PATIENCE_S, check=False,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        raise Unreadable(f"{file} was still running after {PATIENCE_S} s.") from None
    if ran.returncode != 0:
        raise Unreadable(f"{file} cannot be evaluated: {ran.stderr.strip().splitlines()[-1]}")
    try:
        found = msgspec.json.decode(ran.stdout, type=Evaluated)
    except msgspec.DecodeError as fault:
        raise Unreadable(f"{file} gives what Railway does not take: {fault}") from None
    if found.partial:
        raise Unreadable(f"{file} sets PARTIAL, but one file owns the whole environment here. Remove it.")
    return found.project
