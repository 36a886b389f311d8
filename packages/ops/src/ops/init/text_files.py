"""Files that name the owner and cannot read `site.toml`: the README's title and the license. The example posts."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from ops.init.resolve import replace_names

POSTS: Final = Path("packages/blog/content/posts")
EXAMPLES: Final = (
    "addresses-in-disguise",
    "counting-without-counting",
    "no-enquiry-is-ever-lost",
    "the-laptop-runs-what-production-runs",
)
"""The posts that come with the repository."""

_HOLDER = re.compile(r"^Copyright \(c\) (?P<year>\d{4}) (?P<name>.+)$", re.MULTILINE)


def render_readme(text: str, current: Mapping[str, str], new: Mapping[str, str]) -> str:
    """Returns the README with the new name in its title. The rest describes the software for every owner."""
    title, newline, rest = text.partition("\n")
    return replace_names(title, current, new, ("organization.name",)) + newline + rest


def render_license(text: str, current: Mapping[str, str], new: Mapping[str, str], year: int) -> str:
    """Returns the license with one more holder: the MIT license asks that the previous ones are kept.

    The last holder is replaced where it is the same owner under a former name, and not the first of all.
    """
    holders = list(_HOLDER.finditer(text))
    name, former = new["organization.legal_name"], current["organization.legal_name"]
    if not holders or name == former or any(holder["name"] == name for holder in holders):
        return text
    last = holders[-1]
    if len(holders) > 1 and last["name"] == former:
        return f"{text[: last.start()]}Copyright (c) {last['year']} {name}{text[last.end() :]}"
    return f"{text[: last.end()]}\nCopyright (c) {year} {name}{text[last.end() :]}"


def list_examples(root: Path) -> list[Path]:
    """Returns the example posts that are there, relative to `root`."""
    return [path for name in EXAMPLES if (root / (path := POSTS / f"{name}.md")).is_file()]
