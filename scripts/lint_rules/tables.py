"""Check `tables`: the SQL of a CRM module names no table of another module, except above the line.

    tables.py [FOLDER]

`tables.toml` says which module owns each table, and lists the exceptions. A module is a package `crm.AREA.MODULE`, or a
package or file `crm.NAME` outside the areas. The SQL is what string literals hold. Prints `FILE:LINE: MESSAGE` for each
finding. The exit status is 1 if there is any.
"""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

CRM = Path("packages/crm/src/crm")
RULES = Path("scripts/lint_rules/tables.toml")
DYNAMIC = "\0"
"""Stands for the placeholders of an f-string."""
_NAME = r"\s+(?:ONLY\s+)?(\w+(?![\w.(])|\0)"
READS = re.compile(rf"\b(?:(?<!DISTINCT )(?<!DELETE )FROM|JOIN|USING){_NAME}((?:\s+(?:AS\s+)?\w+)?\s*,[\s\w,]*)?")
WRITES = re.compile(rf"\b(?:INTO|DELETE\s+FROM|(?<!FOR )(?<!DO )UPDATE|TRUNCATE|TABLE){_NAME}")

Finding = tuple[int, str]
"""A line and a message."""


class Rules:
    def __init__(self, text: str) -> None:
        rules = tomllib.loads(text)
        self.owners = {table: module for module, tables in rules["owners"].items() for table in tables}
        self.below, self.above = rules["areas"]["below"], rules["areas"]["above"]
        self.readers = rules["readers"]
        self.generic = rules["generic"]["modules"]


def list_literals(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Yields the line and text of each string, those of an f-string joined by `DYNAMIC`."""
    parts = {id(part) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in node.values}
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            texts = [part.value if isinstance(part, ast.Constant) else DYNAMIC for part in node.values]
            yield node.lineno, "".join(map(str, texts))
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in parts:
            yield node.lineno, node.value


def find_tables(sql: str) -> Iterator[tuple[str, bool]]:
    """Yields each name that stands where SQL has a table, and whether it is written."""
    for match in WRITES.finditer(sql):
        yield match[1], True
    for match in READS.finditer(sql):
        yield match[1], False
        for item in (match[2] or "").split(",")[1:]:
            if words := item.split():
                yield words[0], False


def check_module(module: str, source: str, rules: Rules) -> Iterator[Finding]:
    for line, text in list_literals(ast.parse(source)):
        for table, is_written in sorted(set(find_tables(text))):
            owner = rules.owners.get(table)
            if table == DYNAMIC and module not in rules.generic:
                yield line, "Write the name of the table, so that this check and the next reader find it"
            if owner is None or owner == module:
                continue
            if table not in rules.readers.get(module, ()):
                yield line, f"{table} is a table of {owner}: ask that module, or move the query above the line"
            elif is_written:
                yield line, f"{table} is a table of {owner}: {module} may only read it"


def name_module(path: Path, areas: list[str]) -> str:
    """Returns the module of a file, from its path below `crm`."""
    parts = path.with_suffix("").parts
    return ".".join(parts[: 2 if parts[0] in areas else 1])


def check_folder(folder: Path) -> list[tuple[str, int, str]]:
    """Returns the file, line and message of each finding. Migrations may name every table."""
    rules = Rules((folder / RULES).read_text("utf-8"))
    created, findings = set[str](), []
    for path in sorted((folder / CRM).rglob("*.py")):
        name, source = path.relative_to(folder / CRM), path.read_text("utf-8")
        if name.parts[0] == "migrations":
            created |= set(re.findall(r"\bCREATE TABLE (?:IF NOT EXISTS )?(\w+) \(", source))
        elif name.parts[0] not in rules.above:
            found = check_module(name_module(name, rules.below), source, rules)
            findings += [(str(CRM / name), line, message) for line, message in found]
    findings += [(str(RULES), 1, f"Say which module owns the table {table}") for table in created - {*rules.owners}]
    return findings


if __name__ == "__main__":
    findings = check_folder(Path(sys.argv[1] if len(sys.argv) > 1 else "."))
    sys.exit("\n".join(f"{name}:{line}: {message}" for name, line, message in findings) or 0)
