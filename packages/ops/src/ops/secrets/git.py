"""Git, asked by its programs: which files it keeps or would keep, and every content it ever kept, as a stream."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, NamedTuple

from ops.secrets.faults import Trouble
from ops.secrets.look import PIECE

UNTOUCHED = {"GIT_OPTIONAL_LOCKS": "0", "LC_ALL": "C"}
"""Nothing is written while we look, and what git says is in one language."""
# Whatever people have set for themselves must not change what is seen.
SETTLED = ("-c", "log.showRoot=true", "-c", "diff.renames=false", "-c", "log.showSignature=false")


class Kept(NamedTuple):
    """A content at a path, and the commit (with its day) that brought it; no commit: it is about to be committed."""

    blob: str
    path: str
    commit: str = ""
    day: str = ""


class Git:
    """The repository that `folder` lies in. Raises `Trouble` where there is none."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.root = Path(os.fsdecode(self._said("rev-parse", "--show-toplevel").rstrip(b"\n")))
        self._folder = self.root

    @property
    def shallow(self) -> bool:
        return self._said("rev-parse", "--is-shallow-repository").strip() == b"true"

    def files(self) -> list[str]:
        """Paths that git keeps, and those it would keep if asked: untracked ones that no rule ignores."""
        told = self._said("ls-files", "-z", "--cached", "--others", "--exclude-standard")
        return sorted({os.fsdecode(path) for path in told.split(b"\0") if path})

    def staged(self) -> list[Kept]:
        """What the next commit adds or changes."""
        told = self._said("diff", "--cached", "--raw", "-z", "--no-renames", "--no-abbrev", "--diff-filter=ACMT")
        return list(_entries(iter(told.split(b"\0"))))

    def history(self) -> Iterator[Kept]:
        """Every content that any commit of any branch, tag or stash brought, once for each path, oldest first."""
        seen: set[tuple[str, str]] = set()
        order = ("log", "--all", "--reverse", "-m", "--raw", "-z", "--no-renames", "--no-abbrev")
        with self._running(*SETTLED, *order, "--format=%x01%H %cs") as log:
            for kept in _entries(_tokens(log)):
                if (kept.blob, kept.path) not in seen:
                    seen.add((kept.blob, kept.path))
                    yield kept

    def words(self) -> Iterator[tuple[str, bytes]]:
        """What was written about commits and tags: their names and messages."""
        for order in (
            ("log", "--all", "-z", "--format=%H%n%B"),
            ("for-each-ref", "--format=%(refname:short)%0a%(contents)%00", "refs/tags"),
        ):
            with self._running(*SETTLED, *order) as told:
                for token in _tokens(told):
                    name, _, text = token.lstrip(b"\n").partition(b"\n")
                    yield os.fsdecode(name), text

    @contextmanager
    def contents(self) -> Iterator[Contents]:
        """For the length of a block: what lies behind the name of a blob."""
        with subprocess.Popen(
            self._command("cat-file", "--batch"), stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=_environment()
        ) as running:
            assert running.stdin
            assert running.stdout
            try:
                yield Contents(running.stdin, running.stdout)
            finally:
                running.kill()

    def _command(self, *arguments: str) -> list[str]:
        return ["git", "-C", str(self._folder), *arguments]

    def _said(self, *arguments: str) -> bytes:
        try:
            return subprocess.run(self._command(*arguments), capture_output=True, check=True, env=_environment()).stdout
        except FileNotFoundError:
            raise Trouble("git is missing. Install it.") from None
        except subprocess.CalledProcessError as fault:
            raise Trouble(_why(fault.stderr, self._folder)) from None

    @contextmanager
    def _running(self, *arguments: str) -> Iterator[IO[bytes]]:
        with subprocess.Popen(self._command(*arguments), stdout=subprocess.PIPE, env=_environment()) as running:
            assert running.stdout
            try:
                yield running.stdout
            except BaseException:
                running.kill()
                raise
        if running.returncode:
            raise Trouble(f"git cannot read the history of {self._folder}. Look at it with `git fsck`.")


class Contents:
    """A conversation with `git cat-file --batch`. One blob at a time, read to its end before the next."""

    def __init__(self, ask: IO[bytes], told: IO[bytes]) -> None:
        self._ask = ask
        self._told = told

    def of(self, blob: str) -> Iterator[bytes]:
        """Its bytes, piece by piece; nothing where it is missing, as in a partial clone."""
        self._ask.write(blob.encode() + b"\n")
        self._ask.flush()
        head = self._told.readline().split()
        if len(head) != 3:
            raise Trouble(f"git has no content for {blob}. Fetch all of it with `git fetch --refetch`.")
        left = int(head[2])
        while left:
            piece = self._told.read(min(left, PIECE))
            if not piece:
                raise Trouble(f"git broke off in the middle of {blob}. Look at it with `git fsck`.")
            left -= len(piece)
            yield piece
        self._told.read(1)


def _tokens(stream: IO[bytes]) -> Iterator[bytes]:
    """What lies between the zeros."""
    rest = b""
    while piece := stream.read(1 << 16):
        *whole, rest = (rest + piece).split(b"\0")
        yield from whole
    if rest:
        yield rest


def _entries(tokens: Iterator[bytes]) -> Iterator[Kept]:
    """Reads git's raw form: a line of modes and names, then the path."""
    commit = day = ""
    for token in tokens:
        line = token.lstrip(b"\n")
        if line.startswith(b"\x01"):
            commit, _, day = line[1:].decode().partition(" ")
        elif line.startswith(b":"):
            _, mode, _, blob, _ = line.split()
            path = os.fsdecode(next(tokens))
            # 160000 is a commit of another repository; 0… is a deletion.
            if mode not in (b"160000", b"000000") and set(blob) != {ord("0")}:
                yield Kept(blob.decode(), path, commit, day)


def _environment() -> dict[str, str]:
    return {**os.environ, **UNTOUCHED}


def _why(said: bytes, folder: Path) -> str:
    text = said.decode("utf-8", "replace").strip()
    if "not a git repository" in text:
        return f"{folder} lies in no git repository. Name one with --root."
    return f"git refuses: {text.splitlines()[0] if text else 'no reason given'}"
