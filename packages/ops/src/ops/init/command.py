"""Runs `ops init`: asks, shows the plan, waits for a yes, writes."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Sequence
from datetime import datetime
from itertools import groupby
from pathlib import Path
from typing import NamedTuple

import typer
from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from ops.cli import CliOutput, OpsError, format_count, run_command
from ops.init import site_toml, text_files, wizard
from ops.init.manual_steps import list_steps, render_manual_steps
from ops.init.plan import LOOK, Row, Wishes, make_plan
from ops.init.resolve import Origin
from shared import site_config
from shared.design import tokens

DONE, NOT_DONE = 0, 1
_GITHUB = re.compile(r"(?:https://(?:[^@/]+@)?|ssh://git@|git@)github\.com[/:]([^/]+)/([^/]+?)(?:\.git)?/?")


class Mode(NamedTuple):
    """`yes` asks nothing, `dry_run` changes nothing, `as_json` prints for a program."""

    yes: bool = False
    dry_run: bool = False
    as_json: bool = False


def run(wishes: Wishes, mode: Mode, *, now: datetime, root: Path | None = None) -> int:
    """Returns 0 when the files are as wished (or would be, in a dry run), 1 after an error or without a yes."""
    output = CliOutput(as_json=mode.as_json)
    return run_command(output, lambda: _run(wishes, mode, output, now.year, root or _find_root()))


def print_manual_steps(*, as_json: bool, root: Path | None = None) -> int:
    """Returns 0, or 1 when `site.toml` or the runbook cannot be read."""
    output = CliOutput(as_json=as_json)

    def work() -> int:
        page = _render_steps(root or _find_root())
        if as_json:
            output.json({"todo": list_steps(page)})
        else:
            output.out.print(Text(page), soft_wrap=True)  # a broken line of a command cannot be pasted
        return DONE

    return run_command(output, work)


def _render_steps(root: Path) -> str:
    return render_manual_steps(root, site_config.load(root / site_config.FILE_NAME))


def _run(wishes: Wishes, mode: Mode, output: CliOutput, year: int, root: Path) -> int:
    origin = _get_origin(root)
    if wishes == Wishes({}) and not (mode.yes or mode.as_json) and sys.stdin.isatty():
        wishes = _ask_wishes(root, output, year, origin)
    try:
        plan = make_plan(root, wishes, year=year, origin=origin)
    except OSError as error:
        raise OpsError(f"{error.filename} cannot be read: {error.strerror}.") from None
    if plan.rows and not mode.as_json:
        output.print(_render_plan(plan.rows))
    applied = bool(plan.changes) and not mode.dry_run
    if applied and not mode.yes:
        applied = not mode.as_json and output.confirm("Change these files?", yes=False)
    if applied:
        plan.write(root)
    count = format_count(len(plan.changes), "file")
    if mode.as_json:
        steps = list_steps(_render_steps(root)) if applied else []
        output.json({"applied": applied, "changes": [row._asdict() for row in plan.rows], "todo": steps})
    elif not plan.changes:
        output.print("Nothing to change: the files say so already.")
    elif applied:
        output.print(f"{count} changed; `git diff` shows them. Next: make test, then ops init --todo.")
    elif mode.dry_run:
        output.print(f"{count} would change. Nothing was changed.")
    return DONE if applied or mode.dry_run or not plan.changes else NOT_DONE


def _ask_wishes(root: Path, output: CliOutput, year: int, origin: Origin) -> Wishes:
    facts = site_toml.read_facts((root / site_config.FILE_NAME).read_text(encoding="utf-8"))
    answers = wizard.ask_facts(facts, output, year=year, origin=origin)
    accent = wizard.ask_accent(tokens.read((root / LOOK / "tokens.css").read_text(encoding="utf-8")), output)
    examples = len(text_files.list_examples(root))
    fresh = examples > 0 and typer.confirm(f"Delete the {examples} example posts?", default=False, err=True)
    return Wishes(answers, accent, (), fresh)


def _render_plan(rows: Sequence[Row]) -> RenderableType:
    """Returns one small table for each file, so that the values have room on 80 columns."""
    parts: list[RenderableType] = []
    for file, of_file in groupby(rows, key=lambda row: row.file):
        table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 1))
        for _ in range(4):
            table.add_column(overflow="fold")
        for row in of_file:
            new = Text(row.new or "(none)", style="green")
            table.add_row(Text(row.what), Text(row.old or "(none)", style="dim"), Text("→", style="dim"), new)
        parts += [Text(file, style="bold"), Padding(table, (0, 0, 0, 3), expand=False)]
    return Group(*parts)


def _find_root() -> Path:
    root = site_config.find().resolve().parent
    if not (root / LOOK).is_dir():
        raise OpsError(f"{root} is not the whole repository. Run this inside a clone of it.")
    return root


def _get_origin(root: Path) -> Origin:
    command = ["git", "-C", str(root), "remote", "get-url", "origin"]
    try:
        result = subprocess.run(command, capture_output=True, text=True, timeout=5, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return None
    found = _GITHUB.fullmatch(result.stdout.strip())
    return (found[1], found[2]) if found else None
