"""Evaluates `.railway/railway.py` as Railway's own tool does: another Python imports it and calls its `main`.

The SDK drops an argument that it does not know, so the calls are read as well.
"""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import msgspec

from ops.cli import OpsError
from ops.railway.graph import Graph

FILE, OLDER_FILE = Path(".railway/railway.py"), Path("railway.json")
# The protocol of Railway's tool: `main`, else `Railway` or `default`, called when it can be; then `to_graph`, if the
# result has it; everything as one JSON document. `PARTIAL` marks a file that owns only a part of the environment.
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
# What each function of the SDK 0.7 reads. A test compares this with the installed SDK.
_SERVICE = """
source root rootDirectory build deploy run preDeploy preDeployCommand replicas regions start startCommand
healthcheck healthcheckPath healthcheckTimeout domains networking tcp tcpProxies tracing cdn env variables
volumeMounts configFile parentServiceId groupId clusterRole replicaConfig clusterDisplay
"""
ARGUMENTS = {
    "service": frozenset(_SERVICE.split()),
    "postgres": frozenset({"region"}),
    "github": frozenset({"branch", "rootDirectory", "commitSha", "checkSuites"}),
    "project": frozenset({"resources"}),
    "preserve": frozenset(),
}


class Evaluated(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    project: Graph
    partial: str | None


def evaluate(file: Path) -> Graph:
    """Returns the graph. Raises `OpsError` with what Python or the types object to."""
    if not file.is_file():
        raise OpsError(f"There is no {file}. Run this at the root of the repository.")
    command = [sys.executable, "-c", PROGRAM, str(file.resolve())]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    if result.returncode != 0:
        raise OpsError(f"{file} cannot be evaluated: {result.stderr.strip().splitlines()[-1]}")
    try:
        evaluated = msgspec.json.decode(result.stdout, type=Evaluated)
    except msgspec.DecodeError as error:
        raise OpsError(f"{file} returns what Railway does not take: {error}") from None
    if evaluated.partial:
        raise OpsError(f"{file} sets PARTIAL, but here one file owns the whole environment. Remove it.")
    return evaluated.project


def find_unknown_arguments(file: Path) -> Iterator[tuple[int, str]]:
    """Yields the line and a sentence for each argument that the SDK would drop."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"), str(file))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ARGUMENTS:
            name, known = node.func.id, ARGUMENTS[node.func.id]
            for argument in node.keywords:
                if argument.arg is None:
                    yield node.lineno, f"{name}(**…) hides its arguments"
                elif argument.arg not in known:
                    yield argument.lineno, f"{name}() takes no {argument.arg!r}, so the SDK would drop it"
