"""Runs `ops secrets scan` as a program: looks, tells, ends with a status."""

from __future__ import annotations

import sys
from pathlib import Path

import msgspec
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.text import Text

from ops.secrets import allowed
from ops.secrets import scan as scanning
from ops.secrets.faults import Trouble
from ops.secrets.git import Git
from ops.secrets.scan import Finding, Seen

CLEAN, FOUND, BLIND = 0, 1, 2


def scan(root: Path, *, staged: bool, history: bool, as_json: bool) -> int:
    """0 when nothing was found, 1 when something was, 2 when it could not be looked."""
    try:
        seen = _seen(Git(root.absolute()), staged=staged, history=history)
    except (Trouble, OSError) as trouble:
        if as_json:
            _print_json({"error": str(trouble)})
        else:
            sys.stderr.write(f"ops: {trouble}\n")
        return BLIND
    if as_json:
        findings = [finding._asdict() for finding in seen.findings]
        _print_json({"ok": not findings, **seen._asdict(), "findings": findings})
    else:
        _tell(seen)
    return FOUND if seen.findings else CLEAN


def _seen(git: Git, *, staged: bool, history: bool) -> Seen:
    may_stay = allowed.read(git.root / allowed.FILE)
    if staged:
        return scanning.staged(git, may_stay)
    if history and git.shallow:
        raise Trouble(
            "This clone keeps only a part of the history. Fetch the rest with `git fetch --unshallow`, "
            "or look at the files alone with --no-history."
        )
    with Progress(
        SpinnerColumn(), TextColumn("{task.description} {task.completed:,}"), TimeElapsedColumn(),
        console=Console(stderr=True), transient=True, disable=not sys.stderr.isatty(),
    ) as progress:  # fmt: skip
        task = progress.add_task("Contents looked through:", total=None)
        return scanning.whole(git, may_stay, history=history, tick=lambda: progress.advance(task))


def _tell(seen: Seen) -> None:
    # Lines in a file need no breaks.
    out = Console(highlight=False, soft_wrap=True, width=None if sys.stdout.isatty() else 200)
    for finding in seen.findings:
        out.print(Text.assemble(("✗ ", "bold red"), (_where(finding), "bold"), f" {_what(finding)}. {finding.fix}"))
    for unused in seen.unused:
        out.print(Text(f"{allowed.FILE} allows {unused}, and nothing needs it. Take it out.", style="yellow"))
    looked = f"{seen.files:,} files" + (f" and {seen.contents:,} contents of the history" if seen.contents else "")
    if seen.findings:
        out.print(f"{len(seen.findings)} found in {looked}.")
    else:
        out.print(f"No secret in {looked}.")


def _where(finding: Finding) -> str:
    line = f":{finding.line}" if finding.line else ""
    day = f" ({finding.day})" if finding.day else ""
    commit = f" in {finding.commit[:12]}{day}" if finding.place == "history" else ""
    return f"{finding.path}{line}{commit}"


def _what(finding: Finding) -> str:
    if not finding.line:
        return f"is by its name {finding.what} [{finding.shape}]"
    return f"holds {finding.what} of {finding.length} characters [{finding.shape}]"


def _print_json(document: dict[str, object]) -> None:
    sys.stdout.buffer.write(msgspec.json.format(msgspec.json.encode(document), indent=1) + b"\n")
