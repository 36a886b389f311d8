"""What making a fork somebody else's would change. Nothing here writes into the repository."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from house.look import mark, tokens
from house.site import FILE_NAME
from ops.init import colors, deciding, document, papers
from ops.init.faults import Fault, Refused

LOOK = Path("packages/house/src/house/look")


class Row(NamedTuple):
    """One line of the plan, for people."""

    file: str
    what: str
    old: str
    new: str


class Change(NamedTuple):
    """What a file will hold; None takes it away."""

    file: Path
    content: bytes | None


class Plan(NamedTuple):
    rows: tuple[Row, ...]
    changes: tuple[Change, ...]


class Wishes(NamedTuple):
    """What somebody asks for. `facts` by their place in `site.toml`; those that are left out follow or stay."""

    facts: Mapping[str, str]
    accent: str | None = None
    colors: Sequence[str] = ()
    fresh_content: bool = False


def plan(root: Path, wishes: Wishes, *, year: int, origin: tuple[str, str] | None = None) -> Plan:
    """Every change, `site.toml` last: were it cut short, the same command would finish the rest.

    `year` is that of a new house and of its copyright. Raises `Refused` with all that is wrong, `BadSite` when the
    file of facts cannot be read.
    """
    text = _read(root, FILE_NAME)
    now = document.facts_of(text)
    faults: list[Fault] = []
    new, shades = now, tokens.read(_read(root, LOOK / "tokens.css"))
    try:
        new = deciding.decide(now, wishes.facts, year=year, origin=origin)
    except Refused as refused:
        faults += refused.faults
    try:
        shades = colors.chosen(shades, wishes.accent, wishes.colors)
    except Refused as refused:
        faults += refused.faults
    if faults:
        raise Refused(faults)
    parts = [
        _look(root, shades),
        _content(root, wishes),
        _papers(root, now, new, year),
        _facts(text, now, new),
    ]
    return Plan(tuple(row for rows, _ in parts for row in rows), tuple(change for _, done in parts for change in done))


Part = tuple[list[Row], list[Change]]


def _facts(text: str, now: Mapping[str, str], new: Mapping[str, str]) -> Part:
    told, done = document.written(text, now, new)
    rows = [Row(FILE_NAME, *each) for each in done]
    return rows, [Change(Path(FILE_NAME), told.encode())] if told != text else []


def _papers(root: Path, now: Mapping[str, str], new: Mapping[str, str], year: int) -> Part:
    rows, changes = [], []
    texts = {name: _read(root, name) for name in (papers.README, papers.LICENSE)}
    title = papers.readme(texts[papers.README], now, new)
    holder = papers.license_(texts[papers.LICENSE], now, new, year)
    told_anew = [(papers.README, "title", title), (papers.LICENSE, "holder", holder)]
    for path in sorted((root / papers.RUNBOOKS).glob("*.md")):
        name = str(path.relative_to(root))
        texts[name] = _read(root, name)
        told_anew.append((name, "hosts", papers.runbook(texts[name], now, new)))
    for name, what, told in told_anew:
        if told != texts[name]:
            old, fresh = _different(texts[name], told)
            rows.append(Row(name, what, old, fresh))
            changes.append(Change(Path(name), told.encode()))
    return rows, changes


def _look(root: Path, shades: colors.Colors) -> Part:
    sheet = _read(root, LOOK / "tokens.css")
    told, before = colors.written(sheet, shades), tokens.read(sheet)
    if told == sheet:
        return [], []
    rows = [
        Row(str(LOOK / "tokens.css"), f"{name} ({theme})", colors.shown(before[theme][name]), colors.shown(color))
        for theme in tokens.THEMES
        for name, color in shades[theme].items()
        if color != before[theme][name]
    ]
    changes = [Change(LOOK / "tokens.css", told.encode())]
    with tempfile.TemporaryDirectory() as made:
        mark.write(Path(made), shades)
        for file in sorted(Path(made).iterdir()):
            if file.read_bytes() != (root / LOOK / file.name).read_bytes():
                changes.append(Change(LOOK / file.name, file.read_bytes()))
                rows.append(Row(str(LOOK / file.name), "the mark", "in the old colors", "drawn anew"))
    return rows, changes


def _content(root: Path, wishes: Wishes) -> Part:
    gone = papers.examples(root) if wishes.fresh_content else []
    return [Row(str(path), "a note", "an example", "removed") for path in gone], [Change(path, None) for path in gone]


def _different(old: str, new: str) -> tuple[str, str]:
    """The lines of both texts that the other one has not."""
    before, after = old.splitlines(), new.splitlines()
    return "\n".join(line for line in before if line not in after), "\n".join(
        line for line in after if line not in before
    )


def _read(root: Path, name: str | Path) -> str:
    return (root / name).read_text(encoding="utf-8")
