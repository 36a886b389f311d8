"""Incidents, each a file that people may add to.

The head of the file, between the two lines of dashes, belongs to the prober; what stands below is people's own, is
never touched, and appears on the status page.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from ops.uptime import spans, windows
from ops.uptime.account import Outcome
from ops.uptime.ledger import Ledger
from ops.uptime.spans import MINUTE_MS, Span
from ops.uptime.store import Store
from ops.uptime.wording import lasting

if TYPE_CHECKING:
    from ops.uptime.verdict import Verdict

FOLDER = "incidents"
SAME_WITHIN_MS = 10 * MINUTE_MS
"""A target that fails again so soon has not recovered: the incident goes on."""

_HEAD = re.compile(r"\A---\n.*?^---\n", re.DOTALL | re.MULTILINE)
_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
_INVITATION = "\n<!-- What you write below is shown on the status page. -->\n"


class Incident(NamedTuple):
    id: int
    target: str
    began: int
    ended: int | None
    reason: str
    file: str


class Incidents:
    """The incidents of a store, and their files in a folder."""

    def __init__(self, store: Store, folder: Path) -> None:
        self._store = store
        self._folder = folder / FOLDER

    def note(self, target: str, verdict: Verdict, planned: Sequence[Span], ledger: Ledger) -> Incident | None:
        """Open or close an incident, as the verdict says. Gives the one that changed."""
        last = self._last(target)
        if verdict.outcome is Outcome.DOWN and not spans.holds(planned, verdict.at):
            if last is None or (last.ended is not None and verdict.at - last.ended > SAME_WITHIN_MS):
                return self._open(target, verdict)
            if last.ended is not None:
                return self._changed(last._replace(ended=None), ledger)
        elif verdict.outcome is Outcome.UP and last is not None and last.ended is None:
            return self._changed(last._replace(ended=max(last.began, verdict.at)), ledger)
        return None

    def between(self, begin: int, end: int) -> list[Incident]:
        """Those that touch the window, newest first."""
        query = f"{_SELECT} WHERE began < ? AND coalesce(ended, ?) > ? ORDER BY began DESC, incidents.id DESC"
        return [Incident(*row) for row in self._store.db.execute(query, (end, end, begin))]

    def notes(self, incident: Incident) -> list[str]:
        """What people wrote, by paragraph."""
        try:
            text = (self._folder / incident.file).read_text(encoding="utf-8", errors="replace")
        except OSError:
            return []
        own = _COMMENT.sub("", _HEAD.sub("", text.replace("\r\n", "\n"), count=1))
        return [" ".join(part.split()) for part in re.split(r"\n\s*\n", own) if part.strip()]

    def _last(self, target: str) -> Incident | None:
        query = f"{_SELECT} WHERE targets.key = ? ORDER BY incidents.id DESC LIMIT 1"
        row = self._store.db.execute(query, (target,)).fetchone()
        return Incident(*row) if row else None

    def _open(self, target: str, verdict: Verdict) -> Incident:
        number = self._store.id_of(target)
        name = f"{windows.moment(verdict.at):%Y-%m-%dT%H%M%SZ}-{target}.md"
        with self._store.writing() as db:
            # The clock may have been set back to a moment that had an incident already.
            taken = db.execute("SELECT 1 FROM incidents WHERE file = ?", (name,)).fetchone()
            count = db.execute("SELECT coalesce(max(id), 0) + 1 FROM incidents").fetchone()[0]
            file = name.replace(".md", f"-{count}.md") if taken else name
            db.execute(
                "INSERT INTO incidents (id, target, began, reason, file) VALUES (?, ?, ?, ?, ?)",
                (count, number, verdict.at, verdict.reason, file),
            )
        opened = Incident(count, target, verdict.at, None, verdict.reason, file)
        self._write(opened, None)
        return opened

    def _changed(self, incident: Incident, ledger: Ledger) -> Incident:
        with self._store.writing() as db:
            db.execute("UPDATE incidents SET ended = ? WHERE id = ?", (incident.ended, incident.id))
        self._write(incident, ledger)
        return incident

    def _write(self, incident: Incident, ledger: Ledger | None) -> None:
        head = [f"target: {incident.target}", f"began: {windows.stamp(incident.began)}"]
        if incident.ended is not None and ledger is not None:
            down = ledger.account(incident.target, Span(incident.began, incident.ended)).down
            head += [f"ended: {windows.stamp(incident.ended)}", f"down: {lasting(down)}", f"down_ms: {down}"]
        head.append(f"reason: {' '.join(incident.reason.split())}")
        path = self._folder / incident.file
        self._folder.mkdir(parents=True, exist_ok=True)
        try:
            below = _HEAD.sub("", path.read_bytes().decode("utf-8", "surrogateescape"), count=1)
        except FileNotFoundError:
            below = _INVITATION
        new = "---\n" + "\n".join(head) + "\n---\n" + below
        unfinished = path.with_suffix(".new")
        unfinished.write_bytes(new.encode("utf-8", "surrogateescape"))
        unfinished.replace(path)


_SELECT = (
    "SELECT incidents.id, targets.key, began, ended, reason, file "
    "FROM incidents JOIN targets ON targets.id = incidents.target"
)
