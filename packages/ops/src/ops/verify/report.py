"""Tells the results: a table for people, one document for programs."""

from __future__ import annotations

import msgspec
from rich.console import Console
from rich.table import Table
from rich.text import Text

from ops.verify.checks import Result, State, kept

MARKS = {State.KEPT: ("✓", "green"), State.BROKEN: ("✗", "red"), State.NOT_REACHED: ("·", "dim")}


class Report(msgspec.Struct, frozen=True):
    target: str
    ok: bool
    seconds: float
    checks: list[Result]


def of(target: str, results: list[Result], seconds: float) -> Report:
    return Report(target, bool(results) and kept(results), round(seconds, 3), results)


def table(report: Report) -> Table:
    shown = Table(box=None, pad_edge=False, padding=(0, 1), header_style="dim")
    for name in ("", "check", "what was seen"):
        shown.add_column(name)
    shown.add_column("ms", justify="right")
    for result in report.checks:
        mark, style = MARKS[result.state]
        seen = Text(result.detail or "not reached", style="" if result.detail else "dim")
        milliseconds = "" if result.state is State.NOT_REACHED else f"{result.seconds * 1000:.0f}"
        shown.add_row(Text(mark, style=style), Text(result.name), seen, milliseconds)
    return shown


def tell(report: Report, out: Console) -> None:
    """The last line says it all: every promise is kept, or which is broken first and what to do."""
    out.print(table(report))
    out.print()
    broken = [result for result in report.checks if result.state is State.BROKEN]
    for result in broken:
        out.print(
            Text.assemble(("Broken: ", "bold red"), f"{result.name}. {_sentence(result.detail)} {result.hint}".rstrip())
        )
    if report.ok:
        kept = Text.assemble(("Verified", "bold green"), f": {len(report.checks)} checks in {report.seconds:.1f} s.")
        out.print(kept)


def document(report: Report) -> bytes:
    return msgspec.json.format(msgspec.json.encode(report), indent=1)


def _sentence(text: str) -> str:
    return text if text.endswith((".", "!", "?")) else f"{text}."
