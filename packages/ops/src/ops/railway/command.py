"""Runs `ops railway …` as a program: reads, compares, tells; the exit status says what was found."""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec
from rich.console import Console
from rich.table import Table
from rich.text import Text

from house import site
from ops.railway import checks, legacy, live, plan
from ops.railway.api import ADDRESS
from ops.railway.checks import Case, Finding
from ops.railway.evaluate import FILE, evaluate
from ops.railway.faults import Trouble
from ops.railway.graph import Graph

DONE, FAILED, FOUND = 0, 1, 2
MARKS = {"create": ("+", "green"), "change": ("~", "yellow"), "delete": ("-", "red"), "by hand": ("!", "magenta")}
EXAMPLE = ".env.example"


def check(*, as_json: bool = False, root: Path | None = None) -> int:
    """0 when the file is sound, 2 when something does not hold, 1 when it cannot be evaluated."""
    try:
        case = _case(root)
        found = checks.findings(case)
    except (Trouble, site.BadSite, SyntaxError) as trouble:
        return _failed(trouble, as_json=as_json)
    if as_json:
        _print_json({"file": str(FILE), "ok": not found, "findings": [finding._asdict() for finding in found]})
    elif found:
        _tell_findings(found)
    else:
        _console().print(f"{FILE} is sound: {_summary(case.graph)}.")
    return FOUND if found else DONE


def compare(environ: Mapping[str, str], *, as_json: bool = False, root: Path | None = None) -> int:
    """0 when the environment is as the file says, 2 when something would change, 1 when that cannot be told."""
    token = environ.get("RAILWAY_TOKEN", "").strip()
    try:
        if not token:
            raise Trouble(
                "RAILWAY_TOKEN is missing. Make a project token under Project Settings → Tokens, and export it."
            )
        graph = evaluate(_root(root) / FILE)
        there = live.read(token, environ.get("RAILWAY_API_URL") or ADDRESS)
        found = plan.changes(graph, there)
    except (Trouble, site.BadSite) as trouble:
        return _failed(trouble, as_json=as_json)
    if as_json:
        _print_json({"project": there.project, "environment": there.environment, "changes": found})
    else:
        _tell_changes(found, f"{there.project}, {there.environment}")
    return FOUND if found else DONE


def export(*, root: Path | None = None) -> int:
    """Write `railway.json` anew. 0, or 1 when the file cannot be evaluated."""
    here = _root(root)
    try:
        text = legacy.document(evaluate(here / FILE))
    except (Trouble, site.BadSite) as trouble:
        return _failed(trouble, as_json=False)
    same = legacy.equal(here / legacy.FILE, evaluate(here / FILE))
    (here / legacy.FILE).write_text(text, encoding="utf-8")
    _console().print(f"{legacy.FILE} {'was' if same else 'is'} up to date.")
    return DONE


def read_by_service(example: Path) -> frozenset[str]:
    """The variables of `.env.example` that the CRM reads, by the headings it stands under."""
    found: set[str] = set()
    heading = ""
    for line in example.read_text(encoding="utf-8").splitlines():
        heading = line if line.startswith("# ---") else heading
        if (named := re.match(r"([A-Z][A-Z0-9_]+)=", line)) and heading.startswith("# --- CRM"):
            found.add(named[1])
    return frozenset(found)


def _case(root: Path | None) -> Case:
    here = _root(root)
    facts = site.load(here / site.FILE_NAME)
    return Case(evaluate(here / FILE), facts, here, here / FILE, read_by_service(here / EXAMPLE))


def _root(given: Path | None) -> Path:
    return given or site.find().resolve().parent


def _summary(graph: Graph) -> str:
    names = ", ".join(node.name for node in graph.resources)
    return f"{len(graph.services)} services and {len(graph.databases)} database ({names})"


def _tell_findings(found: Sequence[Finding]) -> None:
    out = _console()
    for finding in found:
        out.print(Text.assemble(("✗ ", "red"), (finding.where, "bold"), f" {finding.what}. {finding.fix}"))
    out.print(f"{len(found)} findings.")


def _tell_changes(found: Sequence[plan.Change], where: str) -> None:
    out = _console()
    if not found:
        out.print(f"No changes: {where} is as {FILE} says.")
        return
    table = Table(box=None, pad_edge=False, padding=(0, 1), header_style="dim")
    for name in ("", "where", "now", "then"):
        table.add_column(name)
    for change in found:
        mark, style = MARKS[change.kind]
        gone = Text("deleted", style="bold red") if change.kind == "delete" else Text(change.after)
        table.add_row(Text(mark, style=style), Text(change.where), Text(change.before), gone)
    out.print(table)
    lost = sum(change.destructive for change in found)
    by_hand = sum(change.kind == "by hand" for change in found)
    out.print(f"{where}: {len(found)} changes, {lost} of them destructive, {by_hand} to be done by hand.")
    out.print("Carry the others out with `railway config plan` and `railway config apply`.")


def _failed(trouble: Exception, *, as_json: bool) -> int:
    if as_json:
        _print_json({"error": str(trouble)})
    else:
        sys.stderr.write(f"ops: {trouble}\n")
    return FAILED


def _print_json(document: dict[str, Any]) -> None:
    sys.stdout.buffer.write(msgspec.json.format(msgspec.json.encode(document), indent=1) + b"\n")


def _console() -> Console:
    # Lines in a file need no breaks.
    return Console(highlight=False, width=None if sys.stdout.isatty() else 200)
