"""Reads the calls of `.railway/railway.py` without running it: the SDK drops an argument it does not know."""

from __future__ import annotations

import ast
from pathlib import Path

# What each function of the SDK 0.7 looks at; a test compares this with the installed SDK.
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


def unknown_arguments(file: Path) -> list[tuple[int, str]]:
    """Line and sentence for each argument that would be dropped. The file must be valid Python."""
    found = []
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"), str(file))):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name) or node.func.id not in ARGUMENTS:
            continue
        known, name = ARGUMENTS[node.func.id], node.func.id
        for argument in node.keywords:
            if argument.arg is None:
                found.append((node.lineno, f"{name}(**…) hides which arguments it gives. Write them out."))
            elif argument.arg not in known:
                hint = ", ".join(sorted(known)) or "none"
                found.append(
                    (argument.lineno, f"{name}() takes no {argument.arg!r}; the SDK would drop it. It takes: {hint}.")
                )
    return found
