"""Tells the results: a table for people, one document for programs."""

from __future__ import annotations

import msgspec
from rich.console import Console
from rich.table import Table
from rich.text import Text

from ops.verify.checks import Result, State, kept

MARKS = {
    State.KEPT: ("✓", "green"),
    State.BROKEN: ("✗", "red"),
    State.SKIPPED: ("–", "dim"),
    State.NOT_REACHED: ("·", "dim"),
}


class Report(msgspec.Struct, frozen=True):
    target: str
    ok: bool
    seconds: float
    checks: list[Result]


def of(target: str, results: list[Result], seconds: float) -> Report:
    ok = kept(results) and any(result.state is State.KEPT for result in results)
    return Report(target, ok, round(seconds, 3), results)


def table(report: Report) -> Table:
    shown = Table(box=None, pad_edge=False, padding=(0, 1), header_style="dim")
    for name in ("", "group", "check", "what was seen"):
        shown.add_column(name, overflow="fold")
    shown.add_column("ms", justify="right")
    for before, result in zip((None, *report.checks), report.checks, strict=False):
        mark, style = MARKS[result.state]
        skipped = "skipped: " if result.state is State.SKIPPED else ""
        seen = Text(f"{skipped}{result.detail}" or "not reached", style="dim" if style == "dim" else "")
        group = result.group if not before or before.group != result.group else ""
        milliseconds = "" if style == "dim" else f"{result.seconds * 1000:.0f}"
        shown.add_row(Text(mark, style=style), Text(group, style="dim"), Text(result.name), seen, milliseconds)
    return shown


def tell(report: Report, out: Console) -> None:
    """The last lines say it all: every promise is kept, or each that is broken and what to do."""
    out.print(table(report))
    out.print()
    broken = [result for result in report.checks if result.state is State.BROKEN]
    for result in broken:
        out.print(
            Text.assemble(("Broken: ", "bold red"), f"{result.name}. {_sentence(result.detail)} {result.hint}".rstrip())
        )
    if report.ok:
        skipped = sum(result.state is State.SKIPPED for result in report.checks)
        asked = f"{len(report.checks) - skipped} checks{f', {skipped} skipped,' if skipped else ''}"
        out.print(Text.assemble(("Verified", "bold green"), f": {asked} in {report.seconds:.1f} s."))


def document(report: Report) -> bytes:
    return msgspec.json.format(msgspec.json.encode(report), indent=1)


def _sentence(text: str) -> str:
    return text if text.endswith((".", "!", "?")) else f"{text}."
