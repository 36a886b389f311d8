"""Bases, windows and holes as people read them, and as programs do."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from ops.backup.pit.bases import Found
from ops.backup.pit.papers import Base
from ops.backup.pit.survey import Survey
from ops.backup.pit.windows import Hole, Window
from ops.backup.report import age
from ops.backup.screen import Screen

SECOND = timedelta(seconds=1)
NO_BASE = "There is no base backup that can be used. Take one with `ops backup base`."


def at(moment: datetime) -> str:
    """In UTC, to the second, and finer where it is."""
    return f"{moment:%Y-%m-%d %H:%M:%S}{f'.{moment:%f}' if moment.microsecond else ''} UTC"


def reachable(survey: Survey) -> list[str]:
    """A line for each window."""
    several = len({(window.system, window.timeline) for window in survey.windows}) > 1
    lines = [
        f"You can go back to any second between {_between(window)}"
        f"{f' (timeline {window.timeline})' if several else ''}."
        for window in survey.windows
    ]
    if lines:
        return lines
    if not any(each.base for each in survey.found):
        return [NO_BASE]
    return ["No WAL with a transaction follows the base yet: is `ops backup wal receive` running?"]


def _between(window: Window) -> str:
    """In full seconds that are surely reached, where there are any."""
    since, until = window.since.replace(microsecond=0) + SECOND, window.until.replace(microsecond=0)
    if since > until:
        since, until = window.since, window.until
    return f"{at(since)} and {at(until)}"


def told(survey: Survey, now: datetime) -> RenderableType:
    """Everything: bases, windows, holes."""
    parts: list[RenderableType] = [_bases(survey, now)] if survey.found else []
    style = "green" if survey.windows else "yellow"
    parts += [Text(line, style=style) for line in reachable(survey)]
    if survey.windows:
        parts.append(Text(f"The newest transaction in the archive ended {age(newest(survey), now)}.", style="dim"))
    parts += [Text(missing(hole), style="red") for hole in survey.holes]
    return Group(*parts)


def newest(survey: Survey) -> datetime:
    return max(window.until for window in survey.windows)


def missing(hole: Hole) -> str:
    span = hole.first if hole.files == 1 else f"{hole.first} to {hole.last} ({hole.files} files)"
    why = "is missing" if hole.why == "missing" else f"cannot be used: {hole.why}"
    return f"Hole: {span} {why.rstrip('.')}. What comes after it can be reached from the next base only."


def _bases(survey: Survey, now: datetime) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    for name in ("base", "age", "kind", "size", "timeline", "proven"):
        table.add_column(name, justify="right" if name in ("size", "timeline") else "left", no_wrap=True)
    for each in survey.found:
        if each.base is None:
            table.add_row(
                each.name, "", Text(each.fault.rpartition("/")[2], style="red"), Screen.size(each.size), "", ""
            )
            continue
        proofs = [proof.at for proof in each.proofs]
        table.add_row(
            each.name,
            age(each.base.ended_at, now),
            f"on {each.base.parent[:6]}" if each.base.parent else "full",
            Screen.size(each.size),
            str(each.base.timeline),
            Text(age(max(proofs), now), style="green") if proofs else Text("never", style="yellow"),
        )
    return table


def document(survey: Survey) -> dict[str, Any]:
    """For programs."""
    return {
        "windows": [window._asdict() for window in survey.windows],
        "holes": [hole._asdict() for hole in survey.holes],
        "bases": [_document(each) for each in survey.found],
        "segments": sum(len(wal.names(timeline)) for wal in survey.wal.values() for timeline in wal.timelines),
        "bytes": sum(each.size for wal in survey.wal.values() for each in wal.objects.values()),
    }


def _document(found: Found) -> dict[str, Any]:
    base = found.base
    proven = max((proof.at for proof in found.proofs), default=None)
    return {
        "name": found.name,
        "fault": found.fault,
        "size": found.size,
        "full": base.parent is None if base else None,
        "parent": base.parent if base else None,
        "taken_at": base.taken_at if base else None,
        "ended_at": base.ended_at if base else None,
        "timeline": base.timeline if base else None,
        "system": base.system if base else None,
        "proven_at": proven,
    }


def taken(base: Base) -> Text:
    kind = f"what has changed since {base.parent}" if base.parent else "everything"
    return Text.assemble(
        ("Base backup taken", "bold green"),
        f": {base.name}, {kind}, {Screen.size(base.archive.size)} encrypted for {len(base.archive.recipients)} "
        f"({Screen.size(base.archive.raw_size)} before), read back, in {base.seconds:.1f} s.",
    )
