"""What `ops deploy` says. Results go to stdout; progress and notes to stderr, as a table only on a terminal."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import msgspec
from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.table import Table
from rich.text import Text

from ops.deploy.clock import Clock
from ops.deploy.phases import Phase

STYLES = {"running": "cyan", "done": "green", "failed": "red", "skipped": "dim"}
MARKS = {"running": "…", "done": "✓", "failed": "✗", "skipped": "–"}


class Screen:
    """`as_json`: one JSON document on stdout, and nothing else there."""

    def __init__(self, clock: Clock, *, as_json: bool = False) -> None:
        self.as_json = as_json
        # Lines in a file need no breaks.
        self.out = Console(highlight=False, soft_wrap=True, width=None if sys.stdout.isatty() else 200)
        self.err = Console(highlight=False, soft_wrap=True, stderr=True)
        self._clock = clock
        self._said: set[tuple[str, ...]] = set()
        self._phases: Sequence[Phase] = ()
        self._waits: Sequence[str] = ()
        self._zero = clock.now()

    @contextmanager
    def watching(self) -> Iterator[None]:
        """A table that moves while it is watched, where there is a terminal."""
        if not self.err.is_terminal:
            yield
            return
        with Live(get_renderable=self._table, console=self.err, refresh_per_second=2, transient=True):
            yield

    def progress(self, phases: Sequence[Phase], waits: Sequence[str], zero: float) -> None:
        """Show how far it is; as lines, each phase is told when it begins and when it ends."""
        self._phases, self._waits, self._zero = phases, waits, zero
        if self.err.is_terminal:
            return
        for phase in phases:
            key = (phase.where, phase.name, phase.state)
            if key not in self._said:
                self._said.add(key)
                self.err.print(self._line(phase))

    def note(self, line: str) -> None:
        """Say something by the way, once."""
        if ("note", line) not in self._said:
            self._said.add(("note", line))
            self.err.print(Text(line, style="yellow"))

    def result(self, told: RenderableType, document: Any) -> None:
        """The outcome, for people or for programs."""
        if self.as_json:
            self.out.file.write(msgspec.json.format(msgspec.json.encode(document), indent=1).decode() + "\n")
        else:
            self.out.print(told)

    def trouble(self, line: str) -> None:
        if self.as_json:
            self.out.file.write(msgspec.json.encode({"error": line}).decode() + "\n")
        else:
            self.err.print(Text.assemble(("✗ ", "bold red"), line))

    def asked(self, question: str) -> bool:
        """Whether somebody at a terminal says yes."""
        if not (sys.stdin.isatty() and self.err.is_terminal):
            return False
        return self.err.input(Text(f"{question} [y/N] ")).strip().lower() in ("y", "yes")

    def lines(self, phases: Sequence[Phase]) -> RenderableType:
        """The phases as lines, for the end."""
        return Group(*(self._line(phase) for phase in phases))

    def _table(self) -> RenderableType:
        table = Table(box=None, pad_edge=False, padding=(0, 1), show_header=False)
        now_s = self._clock.now() - self._zero
        for phase in self._phases:
            mark = Text(MARKS[phase.state], style=STYLES[phase.state])
            lasted = span(phase.lasted_s(now_s)) if phase.lasted_s(now_s) >= 1 else ""
            table.add_row(
                mark,
                Text(span(phase.began_s), style="dim"),
                Text(phase.where),
                Text(phase.name),
                Text(lasted, style="dim"),
            )
        waits = [Text(f"  waits for {line}", style="dim") for line in self._waits]
        return Group(table, *waits, Text(f"  {span(now_s)} since the push", style="bold"))

    @staticmethod
    def _line(phase: Phase) -> Text:
        told = f"{span(phase.began_s):>7}  {phase.where:<12} {phase.name}"
        lasted = f" in {span(phase.lasted_s(0))}" if phase.ended_s is not None and phase.lasted_s(0) >= 1 else ""
        return Text.assemble((f"{MARKS[phase.state]} ", STYLES[phase.state]), told, (f"  {phase.state}{lasted}", "dim"))


def span(seconds: float) -> str:
    """Minutes and seconds, as on a stopwatch; hours and days where there are such."""
    left = max(0, round(seconds))
    if left >= 86_400:
        return f"{left // 86_400} d {left % 86_400 // 3600} h"
    hours, left = divmod(left, 3600)
    return f"{hours}:{left // 60:02}:{left % 60:02}" if hours else f"{left // 60}:{left % 60:02}"
