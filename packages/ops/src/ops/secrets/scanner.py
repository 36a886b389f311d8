"""Scans the tree, what is staged, and the whole history. A finding never holds the secret itself."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import chain
from typing import Literal

import msgspec

from ops.secrets.allowlist import AllowEntry
from ops.secrets.file_names import BEGINNING, judge_name
from ops.secrets.matching import Match, find_secrets
from ops.secrets.repository import Content, Source

Place = Literal["tree", "staged", "history", "message"]


class Finding(msgspec.Struct, frozen=True):
    """`line` 0: the file itself, by its name. `length` is that of the secret in bytes."""

    place: Place
    path: str
    line: int
    shape: str
    what: str
    length: int
    commit: str
    day: str
    blob: str
    fix: str


FIXES: dict[Place, str] = {
    "tree": "Move it from the file to a variable. Replace it if anyone else has seen it.",
    "staged": "Unstage it with `git restore --staged {path}`, and move it to a variable.",
    "history": "Revoke it now: every clone has it. Then allow blob {blob} with the reason, or rewrite history.",
    "message": "Revoke it now: every clone has it.",
}
NAME_FIX = "Run `git rm --cached {path}`, add it to .gitignore, and replace what it holds."


class Scanner:
    """Collects findings. `used` are the entries of the allowlist that accepted one."""

    def __init__(self, allowlist: list[AllowEntry]) -> None:
        self.allowlist = allowlist
        self.used: set[AllowEntry] = set()
        self.findings: list[Finding] = []
        # A secret that is in the tree and in the history is reported once, for the tree.
        self._reported: set[tuple[str, str, bytes]] = set()

    def scan(self, place: Place, sources: Iterable[Source]) -> int:
        """Returns how many sources were scanned."""
        count = 0
        for content, chunks in sources:
            count += 1
            rest = iter(chunks)
            first = next(rest, b"")
            if place != "message" and (name := judge_name(content.path, first[:BEGINNING])):
                self._report(place, content, Match(name.name, name.what, 0, b""))
            for match in find_secrets(chain([first], rest)):
                self._report(place, content, match)
        return count

    def _report(self, place: Place, content: Content, match: Match) -> None:
        for entry in self.allowlist:
            if entry.covers(match.shape, content.path, content.blob):
                self.used.add(entry)
                return
        if (key := (content.path, match.shape, match.value)) in self._reported:
            return
        self._reported.add(key)
        fix = FIXES[place] if match.line or place == "history" else NAME_FIX
        fix = fix.format(path=content.path, blob=content.blob[:12])
        found = (place, content.path, match.line, match.shape, match.what, len(match.value))
        self.findings.append(Finding(*found, content.commit, content.day, content.blob, fix))
