"""What the checkout knows of commits."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

from ops.deploy.plain import plain
from ops.railway.faults import Trouble

SHA = re.compile(r"[0-9a-f]{40}")


class Commits:
    """The repository at `root`. What it does not know is empty or nothing, since a clone may be shallow."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def full(self, given: str) -> str:
        """The whole name of a commit. Raises `Trouble` when the checkout knows none of that name."""
        found = self._git("rev-parse", "--verify", "--quiet", "--end-of-options", f"{given}^{{commit}}")
        if found:
            return found
        if SHA.fullmatch(given):
            return given
        raise Trouble(f"There is no commit {given} here. Give all 40 letters of it, or run this in a checkout of git.")

    def subject(self, commit: str) -> str:
        return plain(self._of(commit, "%s"))

    def made_at(self, commit: str) -> float | None:
        """When it was committed, in seconds since 1970."""
        told = self._of(commit, "%ct")
        return float(told) if told else None

    def contains(self, newer: str, older: str) -> bool:
        """Whether `older` is part of the history of `newer`."""
        return self._git("merge-base", "--is-ancestor", "--end-of-options", older, newer) is not None

    def changed(self, one: str, other: str) -> list[str] | None:
        """The paths that differ between two commits; nothing when one of them is not known."""
        if not (self._known(one) and self._known(other)):
            return None
        told = self._git("diff", "--name-only", "-z", "--no-renames", "--end-of-options", one, other)
        return None if told is None else [path for path in told.split("\0") if path]

    def _known(self, commit: str) -> bool:
        return bool(SHA.fullmatch(commit)) and self._git("cat-file", "-e", f"{commit}^{{commit}}") is not None

    def _of(self, commit: str, what: str) -> str:
        return (self._git("show", "--no-patch", f"--format={what}", commit) or "") if self._known(commit) else ""

    def _git(self, *arguments: str) -> str | None:
        try:
            ran = subprocess.run(
                ["git", "-C", self._root, *arguments], capture_output=True, text=True, timeout=10, check=False
            )
        except (OSError, subprocess.TimeoutExpired):
            return None
        return ran.stdout.strip() if ran.returncode == 0 else None
