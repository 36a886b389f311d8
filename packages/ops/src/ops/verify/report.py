"""Tells the results: a table for people, one document for programs."""

from __future__ import annotations

from itertools import groupby

import msgspec
from rich.console import Console
from rich.table import Table
from rich.text import Text

from ops.verify.checks import Group, Result, State, kept

MARKS = {
    State.KEPT: ("✓", "green"),
    State.BROKEN: ("✗", "red"),
    State.SKIPPED: ("–", "dim"),
    State.NOT_REACHED: ("·", "dim"),
}


UNASKED = (State.SKIPPED, State.NOT_REACHED)


class Report(msgspec.Struct, frozen=True):
    target: str
    ok: bool
    seconds: float
    checks: list[Result]


def of(target: str, results: list[Result], seconds: float) -> Report:
    """In the order of the groups; within one, in the order of the plan."""
    results = sorted(results, key=lambda result: list(Group).index(result.group))
    ok = kept(results) and any(result.state is State.KEPT for result in results)
    return Report(target, ok, round(seconds, 3), results)


def table(report: Report) -> Table:
    shown = Table(box=None, pad_edge=False, padding=(0, 1), header_style="dim")
    for name in ("", "group", "check", "what was seen"):
        shown.add_column(name, overflow="fold")
    shown.add_column("ms", justify="right")
    last = None
    for (group, _, _), alike in groupby(report.checks, key=_alike):
        results = list(alike)
        first = results[0]
        mark, style = MARKS[first.state]
        quiet = "dim" if first.state in UNASKED else ""
        name = first.name if len(results) == 1 else f"{len(results)} checks"
        shown.add_row(
            Text(mark, style=style),
            Text("" if group == last else group, style="dim"),
            Text(name, style=quiet),
            Text(_seen(first), style=quiet),
            "" if quiet else f"{first.seconds * 1000:.0f}",
        )
        last = group
    return shown


def _alike(result: Result) -> tuple[str, str, str]:
    """What was not asked for one reason is one line; everything else is a line of its own."""
    return (result.group, result.state, result.detail if result.state in UNASKED else result.name)


def _seen(result: Result) -> str:
    if result.state is State.SKIPPED:
        return f"skipped: {result.detail}"
    return result.detail or result.state.value


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
