"""Says what is being asked while it is being asked; on a terminal only."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from ops.verify.checks import Check, Result, State
from ops.verify.plan import Plan

NAMED = 4


class Shown:
    """A bar that names the checks in hand and counts what is broken."""

    def __init__(self, progress: Progress, total: int) -> None:
        self._progress = progress
        self._task = progress.add_task("", total=total)
        self._in_hand: dict[str, None] = {}
        self._broken = 0

    def began(self, check: Check) -> None:
        self._in_hand[check.name] = None
        self._tell()

    def ended(self, result: Result) -> None:
        self._in_hand.pop(result.name, None)
        self._broken += result.state is State.BROKEN
        self._progress.advance(self._task)
        self._tell()

    def _tell(self) -> None:
        names = ", ".join(list(self._in_hand)[:NAMED])
        broken = f"[red]{self._broken} broken[/] " if self._broken else ""
        self._progress.update(self._task, description=f"{broken}[dim]{names}[/]")


@contextmanager
def shown(plan: Plan, console: Console) -> Iterator[Shown | None]:
    """The bar for the length of a block; nothing where nobody watches."""
    if not console.is_terminal:
        yield None
        return
    total = len(plan.doors) + sum(len(lane.checks) for lane in plan.lanes)
    columns = (
        SpinnerColumn(),
        BarColumn(24),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("{task.description}"),
    )
    with Progress(*columns, console=console, transient=True) as progress:
        yield Shown(progress, total)
