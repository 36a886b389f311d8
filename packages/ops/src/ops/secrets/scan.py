"""Walks the tree, what is staged and the whole history, and tells what must not be there. Never the secret itself."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import chain
from pathlib import Path
from typing import Literal, NamedTuple

from ops.secrets import look, names
from ops.secrets.allowed import Allowance
from ops.secrets.git import Git, Kept

Place = Literal["tree", "staged", "history", "message"]


class Finding(NamedTuple):
    """`line` 0: the file itself, by its name. `length` is that of the secret, in bytes."""

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


class Seen(NamedTuple):
    """What a scan found. `unused` are allowances that nothing needed."""

    findings: list[Finding]
    files: int
    contents: int
    unused: list[str]


FIXES: dict[Place, str] = {
    "tree": "Take it out of the file, give it as a variable, and make a new one where it was ever shared.",
    "staged": "Unstage it with `git restore --staged {path}`, and give it as a variable.",
    "history": "Revoke it now: whoever has a clone has it. Then allow blob {blob} with the reason, or rewrite history.",
    "message": "Revoke it now: whoever has a clone has it.",
}
NAMED = "Keep it out: `git rm --cached {path}`, and a line in .gitignore; make new ones of what it holds."


class _Scan:
    def __init__(self, git: Git, allowed: list[Allowance]) -> None:
        self.git = git
        self.allowed = allowed
        self.used: set[Allowance] = set()
        self.findings: list[Finding] = []
        self.files = 0
        self.contents = 0
        # A content that is in the tree as well is told of once, there.
        self.known: set[tuple[str, str, bytes]] = set()

    def file(self, place: Place, kept: Kept, pieces: Iterable[bytes]) -> None:
        """Looks at a name and at all that is in it."""
        pieces = iter(pieces)
        first = next(pieces, b"")
        named = names.judged(kept.path, first[: names.BEGINNING])
        if named:
            self.found(place, kept, look.Match(named.name, named.what, 0, b""))
        for match in look.through(chain([first], pieces)):
            self.found(place, kept, match)

    def found(self, place: Place, kept: Kept, match: look.Match) -> None:
        for each in self.allowed:
            if each.covers(match.shape, kept.path, kept.blob):
                self.used.add(each)
                return
        key = (kept.path, match.shape, match.value)
        if key in self.known:
            return
        self.known.add(key)
        fix = FIXES[place] if match.line or place == "history" else NAMED
        self.findings.append(
            Finding(
                place=place, path=kept.path, line=match.line, shape=match.shape, what=match.what,
                length=len(match.value), commit=kept.commit, day=kept.day, blob=kept.blob,
                fix=fix.format(path=kept.path, blob=kept.blob[:12]),
            )
        )  # fmt: skip

    def tree(self) -> None:
        for path in self.git.files():
            file = self.git.root / path
            if file.is_symlink() or not file.is_file():
                continue  # deleted, a folder of another repository, or a name for another file
            self.files += 1
            self.file("tree", Kept("", path), _read(file))

    def staged(self) -> None:
        with self.git.contents() as contents:
            for kept in self.git.staged():
                self.files += 1
                self.file("staged", kept, contents.of(kept.blob))

    def history(self, tick: Callable[[], None]) -> None:
        with self.git.contents() as contents:
            for kept in self.git.history():
                self.contents += 1
                self.file("history", kept, contents.of(kept.blob))
                tick()
        for name, text in self.git.words():
            for match in look.through([text]):
                told = Kept("", f"message of {name[:12]}", name[:40])
                self.found("message", told, match)


def whole(git: Git, allowed: list[Allowance], *, history: bool, tick: Callable[[], None] = lambda: None) -> Seen:
    """The tree, and with `history` all that git ever kept. `tick` is called for each content of it."""
    scan = _Scan(git, allowed)
    scan.tree()
    if history:
        scan.history(tick)
    unused = [str(each) for each in allowed if each not in scan.used] if history else []
    return Seen(scan.findings, scan.files, scan.contents, unused)


def staged(git: Git, allowed: list[Allowance]) -> Seen:
    """What the next commit brings."""
    scan = _Scan(git, allowed)
    scan.staged()
    return Seen(scan.findings, scan.files, 0, [])


def _read(file: Path) -> Iterator[bytes]:
    with file.open("rb") as stream:
        while piece := stream.read(look.PIECE):
            yield piece
