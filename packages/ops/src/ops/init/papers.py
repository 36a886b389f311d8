"""What states the owner besides `site.toml`, and cannot read it: the front page, the runbooks and the license."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from ops.init.deciding import replaced

README: Final = "README.md"
LICENSE: Final = "LICENSE"
RUNBOOKS: Final = Path("docs/runbooks")
POSTS: Final = Path("packages/blog/content/posts")
EXAMPLES: Final = (
    "addresses-in-disguise",
    "counting-without-counting",
    "no-enquiry-is-ever-lost",
    "the-laptop-runs-what-production-runs",
)
"""The notes that come with the house."""

_HOLDER = re.compile(r"^Copyright \(c\) (?P<year>\d{4}) (?P<name>.+)$", re.MULTILINE)


def readme(text: str, now: Mapping[str, str], new: Mapping[str, str]) -> str:
    """The front page with the new name in its title. What it says of the software holds for every owner."""
    title, rest = text.split("\n", 1) if "\n" in text else (text, "")
    told = replaced(title, now, new, ("organization.name",))
    return f"{told}\n{rest}" if rest or text.endswith("\n") else told


def runbook(text: str, now: Mapping[str, str], new: Mapping[str, str]) -> str:
    """A runbook with the new hosts in the lines one copies; other names below the site's go with it."""
    hosts = {now[key]: new[key] for key in now if key.startswith("domains.")}
    longest_first = sorted(hosts, key=len, reverse=True)
    found = re.compile("|".join(rf"(?<![\w-]){re.escape(host)}(?![\w-])" for host in longest_first))
    return found.sub(lambda match: hosts[match[0]], text)


def license_(text: str, now: Mapping[str, str], new: Mapping[str, str], year: int) -> str:
    """The license with one more holder: the MIT license asks that those before are kept.

    The last holder gives way where it is the same owner under a former name, and not the first of all.
    """
    holders = list(_HOLDER.finditer(text))
    name, before = new["organization.legal_name"], now["organization.legal_name"]
    if not holders or name == before or any(holder["name"] == name for holder in holders):
        return text
    last, line = holders[-1], f"Copyright (c) {year} {name}"
    if len(holders) > 1 and last["name"] == before:
        line = f"Copyright (c) {last['year']} {name}"
        return text[: last.start()] + line + text[last.end() :]
    return text[: last.end()] + "\n" + line + text[last.end() :]


def examples(root: Path) -> list[Path]:
    """The notes of `EXAMPLES` that are there, relative to `root`."""
    return [path for name in EXAMPLES if (root / (path := POSTS / f"{name}.md")).is_file()]
