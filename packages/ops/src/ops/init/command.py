"""Runs `ops init` as a program: asks, shows the plan, waits for a yes, writes."""

from __future__ import annotations

import re
import subprocess
import sys
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

import msgspec
import typer
from rich.console import Console

from house import site
from house.look import tokens
from ops.dns.records import RecordError
from ops.init import document, papers, screen, wizard
from ops.init.faults import Fault, Refused
from ops.init.plan import LOOK, Plan, Wishes, plan
from ops.init.todo import by_hand

DONE, NOT_DONE = 0, 1
_GITHUB = re.compile(r"(?:https://(?:[^@/]+@)?|ssh://git@|git@)github\.com[/:]([^/]+)/([^/]+?)(?:\.git)?/?")


class Manner(NamedTuple):
    """How it is asked for: without a question, without a change, for a program."""

    yes: bool = False
    dry: bool = False
    as_json: bool = False


def run(wishes: Wishes, manner: Manner, *, now: datetime, root: Path | None = None) -> int:
    """0 when the files are as wished (or would be, in a dry run), 1 when something is wrong or nobody said yes."""
    out = _console()
    try:
        root = root or _root()
        origin = _origin(root)
        if _is_blank(wishes) and not (manner.yes or manner.as_json) and sys.stdin.isatty():
            wishes = _asked(root, out, year=now.year, origin=origin)
        made = plan(root, wishes, year=now.year, origin=origin)
    except Refused as refused:
        return _refused(refused, manner)
    except (site.BadSite, OSError) as fault:
        return _refused(Refused([Fault("site.toml", str(fault))]), manner)
    if not manner.as_json and made.rows:
        out.print(screen.plan(made))
    applied = bool(made.changes) and not manner.dry and _agreed(manner, out)
    if applied:
        write(root, made)
    return _told(root, made, manner, applied=applied)


def tell_todo(*, as_json: bool, root: Path | None = None) -> int:
    """What is left to do by hand. 0, or 1 when the facts cannot be read."""
    try:
        todos = by_hand(site.load((root or _root()) / site.FILE_NAME))
    except (Refused, site.BadSite, RecordError) as fault:
        sys.stderr.write(f"ops: {fault}\n")
        return NOT_DONE
    if as_json:
        sys.stdout.buffer.write(msgspec.json.format(msgspec.json.encode({"todo": todos}), indent=2) + b"\n")
    else:
        _console().print(screen.todo(todos))
    return DONE


def write(root: Path, made: Plan) -> None:
    """Carry the plan out, file by file in its order."""
    for file, content in made.changes:
        if content is None:
            (root / file).unlink()
        else:
            (root / file).write_bytes(content)


def _asked(root: Path, out: Console, *, year: int, origin: tuple[str, str] | None) -> Wishes:
    now = document.facts_of((root / site.FILE_NAME).read_text(encoding="utf-8"))
    facts = wizard.ask(now, {}, out, year=year, origin=origin)
    accent = wizard.ask_accent(tokens.read((root / LOOK / "tokens.css").read_text(encoding="utf-8")), out)
    there = len(papers.examples(root))
    fresh = there > 0 and typer.confirm(f"Remove the {there} notes that came with the house?", default=False)
    return Wishes(facts, accent, (), fresh)


def _agreed(manner: Manner, out: Console) -> bool:
    if manner.yes or manner.as_json:
        return manner.yes
    if not sys.stdin.isatty():
        out.print("Nothing was changed: add --yes to say yes, or --dry-run to look only.")
        return False
    agreed = typer.confirm("Change these files?", default=False)
    if not agreed:
        out.print("Nothing was changed.")
    return agreed


def _told(root: Path, made: Plan, manner: Manner, *, applied: bool) -> int:
    out, count = _console(), len(made.changes)
    if manner.as_json:
        rows = [row._asdict() for row in made.rows]
        todos = by_hand(site.load(root / site.FILE_NAME)) if applied else []
        told = {"applied": applied, "changes": rows, "faults": [], "todo": todos}
        sys.stdout.buffer.write(msgspec.json.format(msgspec.json.encode(told), indent=2) + b"\n")
    elif not count:
        out.print("Nothing to change: the files say so already.")
    elif applied:
        out.print(f"{count} files changed; `git diff` shows them. Next: make test, then ops init --todo.")
    elif manner.dry:
        out.print(f"{count} files would change. Nothing was changed.")
    return DONE if applied or manner.dry or not count else NOT_DONE


def _refused(refused: Refused, manner: Manner) -> int:
    if manner.as_json:
        faults = [fault._asdict() for fault in refused.faults]
        told = {"applied": False, "changes": [], "faults": faults, "todo": []}
        sys.stdout.buffer.write(msgspec.json.format(msgspec.json.encode(told), indent=2) + b"\n")
    else:
        screen.faults(refused.faults, Console(stderr=True, highlight=False, soft_wrap=True))
    return NOT_DONE


def _root() -> Path:
    root = site.find().resolve().parent
    if not (root / LOOK).is_dir():
        raise Refused([Fault("site.toml", f"{root} is not the whole repository. Run this inside a clone of it.")])
    return root


def _origin(root: Path) -> tuple[str, str] | None:
    """Owner and name of the repository on GitHub that git was cloned from."""
    asked = ["git", "-C", str(root), "remote", "get-url", "origin"]
    try:
        ran = subprocess.run(asked, capture_output=True, text=True, timeout=5, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return None
    found = _GITHUB.fullmatch(ran.stdout.strip())
    return (found[1], found[2]) if found else None


def _is_blank(wishes: Wishes) -> bool:
    return not wishes.facts and wishes.accent is None and not wishes.colors and not wishes.fresh_content


def _console() -> Console:
    return Console(highlight=False, soft_wrap=True, width=None if sys.stdout.isatty() else 200)
