"""What a command prints. Results go to stdout; progress, notes and errors go to stderr."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Literal, NamedTuple

import msgspec
from rich.console import Console, RenderableType
from rich.measure import Measurement
from rich.progress import BarColumn, DownloadColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from ops.cli.errors import OpsError
from shared.site_config import SiteConfigError

FILE_COLUMNS = 200
"""The width of what is not a terminal, where nobody has set COLUMNS."""

INTERRUPTED = 130
GAP = 2


class Column(NamedTuple):
    """A column of a table. Where the terminal is too narrow, the highest `priority` goes first; 0 always stays."""

    title: str
    priority: int = 0
    justify: Literal["left", "right"] = "left"


class CliOutput:
    """The two streams of a command. With `as_json`, stdout holds one JSON document and nothing else."""

    def __init__(self, *, as_json: bool = False) -> None:
        self.as_json = as_json
        self.out = _open_console(stderr=False)
        self.err = _open_console(stderr=True)

    def result(self, text: RenderableType, document: Any) -> None:
        """Prints the outcome: `text` for people, `document` for programs."""
        if self.as_json:
            self.json(document)
        else:
            self.out.print(text)

    def json(self, document: Any) -> None:
        """Prints a document on stdout, whatever `as_json` says. Values are what msgspec encodes."""
        self.out.file.write(msgspec.json.format(msgspec.json.encode(document), indent=1).decode() + "\n")
        self.out.file.flush()  # a reader behind a pipe sees it at once

    def print(self, text: RenderableType = "") -> None:
        """Prints for people. With `as_json` it goes to stderr."""
        (self.err if self.as_json else self.out).print(text)

    def note(self, line: str) -> None:
        """Says something beside the result, on stderr."""
        self.err.print(Text(line, style="yellow"))

    def error(self, error: Exception | str) -> None:
        """Says what is wrong: after `Error: ` on stderr, or as `{"error": …}` on stdout with `as_json`."""
        first, *rest = str(error).splitlines() or [""]
        if self.as_json:
            self.json({"error": str(error)})
            return
        self.err.print(Text.assemble(("Error: ", "bold red"), first))
        for line in rest:
            self.err.print(Text(f"  {line.strip()}"))

    def confirm(self, question: str, *, yes: bool) -> bool:
        """Returns whether the person agrees. Without a terminal only `yes` agrees, and a note says so."""
        if yes:
            return True
        if not (sys.stdin.isatty() and self.err.is_terminal):
            self.note("Nothing was changed: nobody can be asked here. Pass --yes to do it.")
            return False
        if self.err.input(Text(f"{question} [y/N] ")).strip().lower() in ("y", "yes"):
            return True
        self.note("Nothing was changed.")
        return False

    @contextmanager
    def status(self, text: str) -> Iterator[Callable[[str], None]]:
        """Shows `text` with a spinner for the length of a block, on a terminal only, and yields what changes it."""
        if not self.err.is_terminal:
            yield lambda _: None
            return
        with self.err.status(Text(text)) as status:
            yield lambda text: status.update(Text(text))

    @contextmanager
    def progress_bar(self, text: str, total: int | None, *, exact: bool = True) -> Iterator[Callable[[int], None]]:
        """Shows a progress bar in bytes and yields what advances it. An inexact total grows when it is passed."""
        shown = [SpinnerColumn(), TextColumn("{task.description}"), BarColumn()]
        columns = [*shown, *([DownloadColumn()] if total else []), TimeElapsedColumn()]
        with Progress(*columns, console=self.err, transient=True, disable=not self.err.is_terminal) as progress:
            task = progress.add_task(text, total=total)

            def advance(count: int) -> None:
                progress.advance(task, count)
                if not exact and total and progress.tasks[0].completed > total:
                    progress.update(task, total=progress.tasks[0].completed)

            yield advance

    def table(self, columns: Sequence[Column], rows: Sequence[Sequence[str | Text]]) -> Table:
        """Returns a table that fits the width: it drops columns by priority, then wraps what is left."""
        cells = [[cell if isinstance(cell, Text) else Text(cell) for cell in row] for row in rows]
        widths = [
            max([len(column.title), *(Measurement.get(self.out, self.out.options, row[at]).maximum for row in cells)])
            for at, column in enumerate(columns)
        ]
        kept = list(range(len(columns)))
        while sum(widths[at] + GAP for at in kept) - GAP > self.out.width:
            last = max(kept, key=lambda at: columns[at].priority)
            if not columns[last].priority:
                break
            kept.remove(last)
        shown = any(columns[at].title for at in kept)
        table = Table(box=None, pad_edge=False, padding=(0, GAP, 0, 0), show_header=shown, header_style="dim")
        for at in kept:
            table.add_column(columns[at].title, justify=columns[at].justify, overflow="fold")
        for row in cells:
            table.add_row(*(row[at] for at in kept))
        return table


def run_command(output: CliOutput, work: Callable[[], int], *, error_status: int = 1) -> int:
    """Returns the exit status of `work`. An expected error is printed and ends with its status or `error_status`."""
    try:
        return work()
    except OpsError as error:
        output.error(error)
        return error_status if error.exit_status is None else error.exit_status
    except SiteConfigError as error:
        output.error(error)
        return error_status
    except KeyboardInterrupt:
        output.note("Stopped.")
        return INTERRUPTED


def _open_console(*, stderr: bool) -> Console:
    stream = sys.stderr if stderr else sys.stdout
    measured = stream.isatty() or bool(os.environ.get("COLUMNS"))
    # Lines in a file are not broken.
    return Console(highlight=False, soft_wrap=not measured, stderr=stderr, width=None if measured else FILE_COLUMNS)
