"""Shows a watch as it goes: a moving table on a terminal, elsewhere a line for each phase."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext

import msgspec
from rich.console import Group, RenderableType
from rich.live import Live
from rich.text import Text

from ops.cli import CliOutput, Clock
from ops.deploy.verdict import ReleaseState


class Phase(msgspec.Struct):
    """One status of a deployment, or of a host. `started_s` and `ended_s` are seconds since the push."""

    where: str
    name: str
    started_s: float
    ended_s: float | None = None


class Progress:
    """`phases` are in the order in which they were seen; `push` is when the release began, in seconds since 1970."""

    def __init__(self, output: CliOutput, clock: Clock) -> None:
        self._output, self._clock = output, clock
        self._notes: set[str] = set()
        self._pending: Sequence[str] = ()
        self.phases: list[Phase] = []
        self.push = clock.now()

    def show(self) -> AbstractContextManager[object]:
        console = self._output.err
        if not console.is_terminal:
            return nullcontext()
        return Live(get_renderable=self._render, console=console, refresh_per_second=2, transient=True)

    def update(self, state: ReleaseState) -> None:
        own = [each for each in state.deployments if each.commit == state.commit]
        if not self.phases and own:
            self.push = min(self.push, *(each.started for each in own))
        for each in own:
            self._see(each.where, each.status, each.started, each.since, ended=each.state != "running")
        for host in state.hosts:
            if state.is_good(host) and state.good_since != 0:
                self._see(host.host.name, "serves it", state.now, state.now, ended=True)
        self._pending = state.pending

    def note(self, text: str) -> None:
        """Prints a note, once."""
        if text not in self._notes:
            self._notes.add(text)
            self._output.note(text)

    def _see(self, where: str, name: str, started: float, since: float, *, ended: bool) -> None:
        last = next((phase for phase in reversed(self.phases) if phase.where == where), None)
        if last and last.name == name:
            return
        if last and last.ended_s is None:
            last.ended_s = since - self.push
        phase = Phase(where, name, (since if last else started) - self.push, since - self.push if ended else None)
        self.phases.append(phase)
        if not self._output.err.is_terminal:
            self._output.err.print(render_phase(phase))

    def _render(self) -> RenderableType:
        elapsed = self._clock.now() - self.push
        pending = [Text(f"  waits for {line}", style="dim") for line in self._pending]
        return Group(
            *map(render_phase, self.phases), *pending, Text(f"  {format_minutes(elapsed)} since the push", "bold")
        )


def render_phase(phase: Phase) -> Text:
    lasted = 0.0 if phase.ended_s is None else phase.ended_s - phase.started_s
    took = f"  in {format_minutes(lasted)}" if lasted >= 1 else ""
    return Text.assemble(f"{format_minutes(phase.started_s):>7}  {phase.where:<14} {phase.name}", (took, "dim"))


def format_minutes(seconds: float) -> str:
    """Returns minutes and seconds, as on a stopwatch."""
    return "{}:{:02}".format(*divmod(max(0, round(seconds)), 60))
