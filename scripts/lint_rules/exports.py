"""Check `exports`: the `__init__` of a CRM module exports only names that code outside the module uses.

    exports.py [FOLDER]

A module is a package `crm.AREA.MODULE`. Tests do not count: they import from the inner modules.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path


def list_exports(init: Path) -> list[str]:
    """Returns the names in `__all__`."""
    for node in ast.parse(init.read_text("utf-8")).body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__":
            exports: list[str] = ast.literal_eval(node.value)
            return exports
    return []


def find_uses(source: str) -> Iterator[str]:
    """Yields the full name of everything that is imported, or read as an attribute of something imported."""
    tree = ast.parse(source)
    imported: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            imported |= {alias.asname or alias.name: f"{node.module}.{alias.name}" for alias in node.names}
        elif isinstance(node, ast.Import):
            imported |= {alias.asname: alias.name for alias in node.names if alias.asname}
    yield from imported.values()
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in imported:
            yield f"{imported[node.value.id]}.{node.attr}"


def find_unused(folder: Path) -> list[str]:
    """Returns the exports that no file in `packages/*/src` outside the module uses, as `crm.AREA.MODULE.NAME`."""
    uses = {file: set(find_uses(file.read_text("utf-8"))) for file in folder.glob("packages/*/src/**/*.py")}
    unused = []
    for init in sorted(folder.glob("packages/crm/src/crm/*/*/__init__.py")):
        module = ".".join(init.parent.parts[-3:])
        outside = set[str]().union(*(names for file, names in uses.items() if init.parent not in file.parents))
        unused += [f"{module}.{name}" for name in list_exports(init) if f"{module}.{name}" not in outside]
    return unused


if __name__ == "__main__":
    unused = find_unused(Path(sys.argv[1] if len(sys.argv) > 1 else "."))
    sys.exit("\n".join(f"{name}: nothing outside the module uses it, so do not export it" for name in unused) or 0)
