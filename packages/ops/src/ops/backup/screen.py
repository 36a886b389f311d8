"""What `ops backup` says. Results go to stdout; progress, notes and trouble to stderr, bars only on a terminal."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import msgspec
from rich.console import Console, RenderableType
from rich.filesize import decimal
from rich.progress import BarColumn, DownloadColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.text import Text

STEPS = (("day", 86_400), ("h", 3600), ("min", 60), ("s", 1))


class Screen:
    """`as_json`: one JSON document on stdout, and nothing else there."""

    def __init__(self, *, as_json: bool = False) -> None:
        self.as_json = as_json
        # Lines in a file need no breaks.
        self.out = Console(highlight=False, soft_wrap=True, width=None if sys.stdout.isatty() else 200)
        self.err = Console(highlight=False, soft_wrap=True, stderr=True)

    @contextmanager
    def bar(self, what: str, total: int | None, *, exact: bool = True) -> Iterator[Callable[[int], None]]:
        """A progress bar in bytes; gives what moves it on. A total that is a guess grows when it is passed."""
        shown = [SpinnerColumn(), TextColumn("{task.description}"), BarColumn()]
        columns = [*shown, *([DownloadColumn()] if total else []), TimeElapsedColumn()]
        with Progress(*columns, console=self.err, transient=True, disable=not self.err.is_terminal) as progress:
            task = progress.add_task(what, total=total)

            def advance(count: int) -> None:
                progress.advance(task, count)
                if not exact and total and progress.tasks[0].completed > total:
                    progress.update(task, total=progress.tasks[0].completed)

            yield advance

    def result(self, told: RenderableType, document: Any) -> None:
        """The outcome, for people or for programs."""
        if self.as_json:
            self.out.file.write(msgspec.json.format(msgspec.json.encode(document), indent=1).decode() + "\n")
            self.out.file.flush()  # a look goes on after this, and whoever reads it through a pipe waits for it
        else:
            self.out.print(told)

    def note(self, line: str) -> None:
        self.err.print(Text(line, style="yellow"))

    def trouble(self, text: str) -> None:
        for line in text.splitlines():
            self.err.print(Text.assemble(("✗ ", "bold red"), line))

    @staticmethod
    def span(time: timedelta | float) -> str:
        """A duration as people say it: its two largest parts."""
        left = round(time.total_seconds() if isinstance(time, timedelta) else time)
        parts = []
        for word, size in STEPS:
            count, left = divmod(left, size)
            if count:
                parts.append(f"{count} {word}{'s' if word == 'day' and count > 1 else ''}")
        return " ".join(parts[:2]) or "under a second"

    @staticmethod
    def size(count: int) -> str:
        return decimal(count)
