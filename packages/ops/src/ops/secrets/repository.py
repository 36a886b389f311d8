"""What git tracks or would track, and every content it ever stored, as streams."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterable, Iterator
from functools import partial
from pathlib import Path
from typing import NamedTuple

from ops.cli import UsageError
from ops.secrets.matching import CHUNK

# Git writes nothing while we read, and its messages are in one language.
ENVIRONMENT = {"GIT_OPTIONAL_LOCKS": "0", "LC_ALL": "C"}
# A person's own configuration must not change what is read.
LOG = ("-c", "log.showRoot=true", "-c", "diff.renames=false", "-c", "log.showSignature=false", "log", "--all")
RAW = ("--raw", "-z", "--no-renames", "--no-abbrev")


class Content(NamedTuple):
    """A blob at a path, and the commit (with its day) that added it; no commit: it is not committed yet."""

    blob: str
    path: str
    commit: str = ""
    day: str = ""


# A content and its bytes, which must be read to their end before the next source.
Source = tuple[Content, Iterable[bytes]]


class Repository:
    """The git repository around `folder`. Raises `UsageError` where there is none."""

    def __init__(self, folder: Path) -> None:
        if not shutil.which("git"):
            raise UsageError("git is missing. Install it.")
        self.root = folder
        with self._start("rev-parse", "--show-toplevel", "--is-shallow-repository", stderr=subprocess.PIPE) as process:
            output, errors = process.communicate()
        if process.returncode:
            reason = errors.decode("utf-8", "replace")
            raise UsageError(f"{folder} is in no git repository that can be read. Name one with --root.\n{reason}")
        root, shallow = output.splitlines()
        self.root, self.is_shallow = Path(os.fsdecode(root)), shallow == b"true"

    def read_tree(self) -> Iterator[Source]:
        """Yields tracked files, and untracked ones that no rule ignores."""
        paths = {os.fsdecode(path) for path in self._stream("ls-files", "-z", "-co", "--exclude-standard")}
        for path in sorted(paths):
            file = self.root / path
            if file.is_file() and not file.is_symlink():
                with file.open("rb") as stream:
                    yield Content("", path), iter(partial(stream.read, CHUNK), b"")

    def read_staged(self) -> Iterator[Source]:
        """Yields what the next commit adds or changes."""
        return self._read_blobs(self._stream("diff", "--cached", *RAW, "--diff-filter=ACMT"))

    def read_history(self) -> Iterator[Source]:
        """Yields each content that a commit of any branch, tag or stash added, once for each path, oldest first."""
        return self._read_blobs(self._stream(*LOG, "--reverse", "-m", *RAW, "--format=%x01%H %cs"))

    def read_messages(self) -> Iterator[Source]:
        """Yields the message of each commit and tag."""
        tags = ("for-each-ref", "--format=%(refname:short)%0a%(contents)%00", "refs/tags")
        for command in ((*LOG, "-z", "--format=%H%n%B"), tags):
            for token in self._stream(*command):
                name, _, text = token.lstrip(b"\n").partition(b"\n")
                commit = os.fsdecode(name)
                yield Content("", f"message of {commit[:12]}", commit), [text]

    def _read_blobs(self, tokens: Iterator[bytes]) -> Iterator[Source]:
        seen = set()
        with self._start("cat-file", "--batch", stdin=subprocess.PIPE) as process:
            for content in _parse_raw(tokens):
                if content[:2] not in seen:
                    seen.add(content[:2])
                    yield content, _read_blob(process, content.blob)

    def _start(self, *arguments: str, stdin: int | None = None, stderr: int | None = None) -> subprocess.Popen[bytes]:
        command, environ = ["git", "-C", str(self.root), *arguments], {**os.environ, **ENVIRONMENT}
        return subprocess.Popen(command, stdin=stdin, stdout=subprocess.PIPE, stderr=stderr, env=environ)

    def _stream(self, *arguments: str) -> Iterator[bytes]:
        """Yields what the output has between its zero bytes."""
        rest = b""
        with self._start(*arguments) as process:
            assert process.stdout
            while chunk := process.stdout.read(1 << 16):
                *whole, rest = (rest + chunk).split(b"\0")
                yield from whole
        if process.returncode:
            raise UsageError(f"git cannot read the history of {self.root}. Check it with `git fsck`.")
        if rest:
            yield rest


def _read_blob(process: subprocess.Popen[bytes], blob: str) -> Iterator[bytes]:
    """Asks `git cat-file --batch` for a blob. Raises `UsageError` where it is missing, as in a partial clone."""
    assert process.stdin
    assert process.stdout
    process.stdin.write(blob.encode() + b"\n")
    process.stdin.flush()
    *_, size = process.stdout.readline().split() or [b""]
    remaining = int(size) if size.isdigit() else -1
    while remaining > 0 and (chunk := process.stdout.read(min(remaining, CHUNK))):
        remaining -= len(chunk)
        yield chunk
    if remaining:
        raise UsageError(f"git cannot read {blob}. Fetch all of it with `git fetch --refetch`, or run `git fsck`.")
    process.stdout.read(1)


def _parse_raw(tokens: Iterator[bytes]) -> Iterator[Content]:
    """Parses git's raw format: a line of modes and names, then the path."""
    commit = day = ""
    for token in tokens:
        line = token.lstrip(b"\n")
        if line.startswith(b"\x01"):
            commit, _, day = line[1:].decode().partition(" ")
        elif line.startswith(b":"):
            _, mode, _, blob, _ = line.split()
            path = os.fsdecode(next(tokens))
            # 160000 is a commit of another repository; 0… is a deletion.
            if mode not in (b"160000", b"000000"):
                yield Content(blob.decode(), path, commit, day)
