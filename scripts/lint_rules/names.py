"""Names that a newcomer stumbles over: retired words, and functions named by a participle.

    names.py [FOLDER]

Reads the Python files, templates and scripts that git knows, tests included. Prints `file:line: what`. Exit status 1 if
there is any.
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

Finding = tuple[str, int, str]

RETIRED = {
    "house": "AppContext, site or system",
    "trouble": "an error class",
    "faulty": "ValidationError",
    "watchman": "watchdog",
    "witness": "Observers",
    "witnesses": "Observers",
    "told": "report, say",
    "untold": "unreported",
    "twin": "duplicate",
    "crowd": "repeated message",
    "clash": "conflict",
    "clashes": "conflicts",
    "doors": "sign-in",
    "lookalike": "fake production",
    "newcomer": "runbook runner",
    "keeping": "helpers",
    "ruin": "crash fixture",
    "fleet": "multi process",
    "rounds": "all pages",
    "furnish": "insert samples",
    "furnished": "laid out",
    "patience": "wait for",
    "postbox": "SMTP sink",
    "cage": "leak fixture",
    "aviary": "leak fixture",
    "strangers": "hostile providers",
    "papers": "text files",
    "desk": "context",
    "slip": "mistake",
}
"""Words of names that have a standard word, which stands beside them."""

IRREGULAR = frozenset(
    "begun bound built caught chosen done drawn felt found given gone grown held hidden kept known left made met paid "
    "said seen sent shown sold spent spoken stood swept taken thought told torn understood woken worn written".split()
)
VERBS = frozenset("bleed breed embed exceed feed heed need proceed seed shed speed succeed wed".split())
DATA = frozenset({"property", "cached_property", "fixture", "asynccontextmanager", "contextmanager"})
"""Decorators of functions that a caller reads as a value."""
PARTICIPLES_ALLOWED = frozenset({("crm.records.common.events", "RecordEvents")})


def is_participle(word: str) -> bool:
    return word in IRREGULAR or (word.endswith("ed") and word not in VERBS)


def split_name(name: str) -> list[str]:
    """`EditClash_of` is edit, clash, of."""
    return [word.lower() for word in re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+", name)]


def find_retired(text: str, line: int = 1) -> Iterator[tuple[int, str]]:
    for word in split_name(text):
        if word in RETIRED:
            yield line, f"{text}: write {RETIRED[word]} instead of {word}"


def check_python(name: str, text: str) -> Iterator[Finding]:
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type == tokenize.NAME:
            for line, what in find_retired(token.string, token.start[0]):
                yield name, line, what
    tree = ast.parse(text)
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and not node.name.startswith("test_"):
            words = split_name(node.name)
            decorators = {
                getattr(part, "attr", getattr(part, "id", "")) for each in node.decorator_list for part in ast.walk(each)
            }
            if len(words) == 1 and is_participle(words[0]) and not decorators & DATA:
                yield name, node.lineno, f"{node.name}: name the function by a verb"


def check_template(name: str, text: str) -> Iterator[Finding]:
    for number, line in enumerate(text.splitlines(), 1):
        for macro in re.findall(r"{%-? (?:macro|set|import) (\w+)", line):
            for _, what in find_retired(macro):
                yield name, number, what
        for macro in re.findall(r"{%-? macro (\w+)", line):
            if is_participle(macro):
                yield name, number, f"{macro}: name the macro by a noun or a verb"


def check_tree(top: Path) -> list[Finding]:
    """All findings in the files that git knows under `top`."""
    command = ["git", "-C", str(top), "ls-files", "--cached", "--others", "--exclude-standard", "*.py", "*.html"]
    listed = subprocess.run(command, capture_output=True, text=True, check=True)
    found: list[Finding] = []
    for name in sorted(set(listed.stdout.split())):
        path = top / name
        if not path.is_file() or "/migrations/" in name:
            continue
        for part in path.with_suffix("").parts[len(top.parts) :]:
            found += [(name, line, f"file name {what}") for line, what in find_retired(part)]
        check = check_python if path.suffix == ".py" else check_template
        found += check(name, path.read_text("utf-8"))
    return found


def main() -> int:
    top = Path(sys.argv[1] if len(sys.argv) > 1 else ".").resolve()
    found = check_tree(top)
    for name, line, what in found:
        print(f"{name}:{line}: {what}")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
