"""How what a host serves stands to the commit that shall be live."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import msgspec

from ops.deploy.commits import Commits
from ops.deploy.hosts import Host, Look
from ops.railway import dockerfile

Stand = Literal["current", "newer", "unchanged", "old", "silent", "unwell", "away"]
GOOD = frozenset({"current", "newer", "unchanged"})


class Seen(msgspec.Struct, frozen=True):
    """`changed` are files that the service is made of and that differ from what it serves.

    `since` is when it was first seen to stand so, in seconds since 1970.
    """

    look: Look
    stand: Stand
    changed: tuple[str, ...] = ()
    since: float = 0.0

    @property
    def host(self) -> Host:
        return self.look.host

    @property
    def good(self) -> bool:
        return self.stand in GOOD

    @property
    def words(self) -> str:
        """What it does, after its name."""
        serves = f"serves {self.look.commit[:7]}"
        return {
            "current": serves,
            "newer": f"{serves}, which contains it",
            "unchanged": f"{serves}, since when nothing that it is made of has changed",
            "old": serves,
            "silent": "does not say which commit it serves",
            "unwell": self.look.fault,
            "away": self.look.fault,
        }[self.stand]


class Wanted:
    """The commit that shall be live. `watched` are the patterns of what the service is made of, when they are known.

    With `exact`, as after a rollback, neither a newer commit nor an equal service will do.
    """

    def __init__(self, commit: str, commits: Commits, watched: Sequence[str] = (), *, exact: bool = False) -> None:
        self.commit, self.exact = commit, exact
        self._commits, self._watched = commits, list(watched)
        self._known: dict[tuple[str, bool], tuple[Stand, tuple[str, ...]]] = {}

    def seen(self, look: Look) -> Seen:
        if not look.answered:
            return Seen(look, "away")
        if look.fault:
            return Seen(look, "unwell")
        if not look.commit:
            return Seen(look, "silent")
        key = (look.commit, look.host.part == "service")
        if key not in self._known:
            self._known[key] = self._compared(*key)
        return Seen(look, *self._known[key])

    def _compared(self, served: str, service: bool) -> tuple[Stand, tuple[str, ...]]:
        if served == self.commit:
            return "current", ()
        if self.exact:
            return "old", ()
        if self._commits.contains(served, self.commit):
            return "newer", ()
        if service and self._watched and (paths := self._commits.changed(served, self.commit)) is not None:
            own = [path for path in paths if dockerfile.is_watched(path, self._watched, folder=False)]
            return ("old", tuple(own)) if own else ("unchanged", ())
        return "old", ()
