"""Computes what a new owner changes in the repository. Nothing here writes into it."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from ops.init import colors, resolve, site_toml, text_files
from ops.init.errors import InvalidOptionsError, OptionError
from ops.init.facts import Facts
from shared.design import mark, tokens
from shared.site_config import FILE_NAME

LOOK = Path("packages/shared/src/shared/design")


class Row(NamedTuple):
    """One line of the plan, for people."""

    file: str
    what: str
    old: str
    new: str


class Change(NamedTuple):
    """The new content of a file; None deletes it."""

    file: Path
    content: bytes | None


class Plan(NamedTuple):
    rows: Sequence[Row]
    changes: Sequence[Change]

    def write(self, root: Path) -> None:
        """Writes the files in their order."""
        for file, content in self.changes:
            if content is None:
                (root / file).unlink()
            else:
                (root / file).write_bytes(content)


class Wishes(NamedTuple):
    """What somebody asks for. `facts` by their key in `site.toml`; the others follow or stay."""

    facts: Mapping[str, str]
    accent: str | None = None
    colors: Sequence[str] = ()
    fresh_content: bool = False


def make_plan(root: Path, wishes: Wishes, *, year: int, origin: resolve.Origin = None) -> Plan:
    """Returns every change. `site.toml` is last, so that the same command finishes what was interrupted.

    Raises `InvalidOptionsError` with every error, and `BadSite` when `site.toml` cannot be read.
    """
    text = (root / FILE_NAME).read_text(encoding="utf-8")
    current, new, errors = site_toml.read_facts(text), Facts(), list[OptionError]()
    before = after = tokens.read(_read_sheet(root))
    try:
        new = resolve.resolve_facts(current, wishes.facts, year=year, origin=origin)
    except InvalidOptionsError as invalid:
        errors += invalid.errors
    try:
        after = colors.choose_colors(before, wishes.accent, wishes.colors)
    except InvalidOptionsError as invalid:
        errors += invalid.errors
    if errors:
        raise InvalidOptionsError(errors)
    rendered, edits = site_toml.render_site_toml(text, current, new)
    parts = (
        _plan_colors(root, before, after),
        _plan_examples(root, wishes),
        _plan_text(root, "README.md", "title", lambda old: text_files.render_readme(old, current, new)),
        _plan_text(root, "LICENSE", "holder", lambda old: text_files.render_license(old, current, new, year)),
        Plan([Row(FILE_NAME, *edit) for edit in edits], [Change(Path(FILE_NAME), rendered.encode())] if edits else []),
    )
    return Plan([row for part in parts for row in part.rows], [change for part in parts for change in part.changes])


def _plan_text(root: Path, name: str, what: str, render: Callable[[str], str]) -> Plan:
    """Plans a text file. A file that was deleted stays so."""
    text = (root / name).read_text(encoding="utf-8") if (root / name).is_file() else ""
    new = render(text)
    if new == text:
        return Plan([], [])
    old_lines, new_lines = text.splitlines(), new.splitlines()
    removed = "\n".join(line for line in old_lines if line not in new_lines)
    added = "\n".join(line for line in new_lines if line not in old_lines)
    return Plan([Row(name, what, removed, added)], [Change(Path(name), new.encode())])


def _plan_colors(root: Path, before: colors.Colors, after: colors.Colors) -> Plan:
    if before == after:
        return Plan([], [])
    rows = [
        Row(str(LOOK / "tokens.css"), f"{name} ({theme})", *map(colors.describe_color, (before[theme][name], color)))
        for theme in tokens.THEMES
        for name, color in after[theme].items()
        if color != before[theme][name]
    ]
    changes = [Change(LOOK / "tokens.css", colors.render_tokens(_read_sheet(root), after).encode())]
    with tempfile.TemporaryDirectory() as folder:
        mark.write(Path(folder), after)
        for file in sorted(Path(folder).iterdir()):
            if file.read_bytes() != (root / LOOK / file.name).read_bytes():
                changes.append(Change(LOOK / file.name, file.read_bytes()))
                rows.append(Row(str(LOOK / file.name), "the logo", "in the old colors", "in the new colors"))
    return Plan(rows, changes)


def _plan_examples(root: Path, wishes: Wishes) -> Plan:
    removed = text_files.list_examples(root) if wishes.fresh_content else []
    return Plan(
        [Row(str(path), "a post", "an example", "deleted") for path in removed],
        [Change(path, None) for path in removed],
    )


def _read_sheet(root: Path) -> str:
    return (root / LOOK / "tokens.css").read_text(encoding="utf-8")
