"""Check `names`: no retired word is part of a name, and no function is named by a participle.

    names.py [FOLDER]

Reads the Python files and templates that git knows, tests included. Prints `FILE:LINE: MESSAGE` for each finding. The
exit status is 1 if there is any.
"""

from __future__ import annotations

import ast
import io
import re
import subprocess
import sys
import tokenize
from collections.abc import Iterator
from pathlib import Path

RETIRED = {
    "aviary": "leak fixture",
    "blame": "add_error",
    "cage": "leak fixture",
    "clash": "conflict",
    "clashes": "conflicts",
    "crowd": "repeated message",
    "doors": "sign-in",
    "faulty": "ValidationError",
    "fault": "error",
    "faults": "errors",
    "fleet": "multi-process system",
    "furnish": "insert samples",
    "furnished": "laid out",
    "house": "AppContext, site or system",
    "lookalike": "fake production",
    "newcomer": "runbook runner",
    "papers": "text files",
    "patience": "timeout or wait for",
    "postbox": "SMTP sink",
    "ruin": "crash fixture",
    "slip": "mistake",
    "strangers": "hostile providers",
    "told": "message, output, result or report",
    "trouble": "error",
    "twin": "duplicate",
    "untold": "unreported",
    "watchman": "watchdog",
    "witness": "observer",
    "witnesses": "observers",
}
"""Each word, and what to write instead."""

PARTICIPLES = re.compile(
    "begun|bound|built|caught|chosen|done|drawn|felt|found|given|gone|grown|held|hidden|kept|known|left|made|met|paid|"
    "said|seen|sent|shown|sold|spent|spoken|stood|swept|taken|thought|told|torn|understood|woken|worn|written|[a-z]+ed"
)
VERBS_IN_ED = {"bleed", "breed", "embed", "exceed", "feed", "heed", "need", "proceed", "seed", "shed", "speed"}
VALUES = {"asynccontextmanager", "cached_property", "contextmanager", "fixture", "property"}
"""Decorators of functions that a caller reads as a value. A participle may name these."""

Finding = tuple[int, str]
"""A line and a message."""


def is_participle(name: str) -> bool:
    word = name.strip("_")
    return PARTICIPLES.fullmatch(word) is not None and word not in VERBS_IN_ED


def find_retired(name: str) -> Iterator[str]:
    """Yields a message for each retired word of a name, in snake case or in camel case."""
    for word in re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+", name):
        if word.lower() in RETIRED:
            yield f"{name}: write {RETIRED[word.lower()]} instead of {word.lower()}"


def check_python(text: str) -> Iterator[Finding]:
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type == tokenize.NAME:
            yield from ((token.start[0], message) for message in find_retired(token.string))
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and is_participle(node.name):
            decorators = set(re.findall(r"\w+", " ".join(map(ast.unparse, node.decorator_list))))
            if not decorators & VALUES:
                yield node.lineno, f"{node.name}: name the function by a verb"


def check_template(text: str) -> Iterator[Finding]:
    for number, line in enumerate(text.splitlines(), 1):
        for kind, name in re.findall(r"{%-? *(macro|set|import) (\w+)", line):
            yield from ((number, message) for message in find_retired(name))
            if kind == "macro" and is_participle(name):
                yield number, f"{name}: name the macro by a noun or a verb"


def check_folder(folder: Path) -> list[tuple[str, int, str]]:
    """Returns the file, line and message of each finding in the files that git knows. Migrations keep their names."""
    command = ["git", "-C", folder, "ls-files", "--cached", "--others", "--exclude-standard", "*.py", "*.html"]
    files = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
    findings = []
    for name in sorted(set(files)):
        path = folder / name
        if path.is_file() and "/migrations/" not in name:
            check = check_python if path.suffix == ".py" else check_template
            findings += [(name, 1, message) for message in find_retired(name.rpartition(".")[0])]
            findings += [(name, line, message) for line, message in check(path.read_text("utf-8"))]
    return findings


if __name__ == "__main__":
    findings = check_folder(Path(sys.argv[1] if len(sys.argv) > 1 else "."))
    sys.exit("\n".join(f"{name}:{line}: {message}" for name, line, message in findings) or 0)
