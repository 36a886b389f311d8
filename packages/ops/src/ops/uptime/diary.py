"""What a verdict changes besides the account: incidents, episodes, what was seen of commits and certificates."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from ops.uptime import maintenance, windows
from ops.uptime.account import Outcome
from ops.uptime.incidents import Incidents
from ops.uptime.ledger import Ledger
from ops.uptime.maintenance import BadMaintenance, Planned
from ops.uptime.store import Store
from ops.uptime.targets import Target
from ops.uptime.verdict import Verdict
from ops.uptime.watchman import Watchman
from ops.uptime.wording import lasting

Say = Callable[[str], None]


class Diary:
    """Keeps a verdict, then draws its conclusions. `say` is told one line for each thing that changed."""

    def __init__(self, store: Store, watchman: Watchman, folder: Path, known: Sequence[str], say: Say) -> None:
        self._store = store
        self._watchman = watchman
        self._incidents = Incidents(store, folder)
        self._plan = Plan(folder / maintenance.FILE_NAME, known, say)
        self._say = say
        self._last: dict[str, Outcome] = {}

    def note(self, target: Target, verdict: Verdict, hold_ms: int) -> None:
        """Raises `sqlite3.Error` or `OSError` when the disk does not take it."""
        self._store.keep(target.key, [verdict.record(hold_ms)], verdict.reason or None)
        self._tell_change(target, verdict)
        planned = self._plan.read()
        spans = maintenance.of_target(planned, target.key)
        ledger = Ledger(self._store, planned, verdict.at)
        changed = self._incidents.note(target.key, verdict, spans, ledger)
        if changed is not None and changed.ended is not None:
            self._say(f"{target.name}: incident of {lasting(changed.ended - changed.began)}, told in {changed.file}")
        told = self._watchman.note(target, verdict, spans, ledger)
        if told is not None:
            self._say(f"{target.name}: alert, {told}")
        self._sight(target, verdict)

    def _tell_change(self, target: Target, verdict: Verdict) -> None:
        before, self._last[target.key] = self._last.get(target.key), verdict.outcome
        if before is verdict.outcome:
            return
        state = {Outcome.UP: "up", Outcome.DOWN: verdict.reason, Outcome.UNKNOWN: f"unknown. {verdict.reason}"}
        took = f" ({verdict.attempt.latency_ms} ms)" if verdict.outcome is Outcome.UP else ""
        self._say(f"{target.name}: {state[verdict.outcome]}{took}")

    def _sight(self, target: Target, verdict: Verdict) -> None:
        seen = verdict.attempt
        if seen.commit and self._store.sight(target.key, "commit", seen.commit, verdict.at):
            self._say(f"{target.name}: runs commit {seen.commit[:7]}")
        if seen.certificate_ends is not None:
            self._store.sight(target.key, "certificate", windows.stamp(seen.certificate_ends), verdict.at)
            self._watchman.note_certificate(target, verdict)


class Plan:
    """The announced maintenance, read again whenever its file changes. A broken file leaves the former plan up."""

    def __init__(self, path: Path, known: Sequence[str], say: Say) -> None:
        self._path = path
        self._known = known
        self._say = say
        self._seen: tuple[int, int] | None = None
        self._planned: Sequence[Planned] = ()

    def read(self) -> Sequence[Planned]:
        try:
            state = self._path.stat()
        except OSError:
            self._seen, self._planned = None, ()
            return ()
        if self._seen != (state.st_mtime_ns, state.st_size):
            self._seen = state.st_mtime_ns, state.st_size
            try:
                self._planned = maintenance.read(self._path, self._known)
            except BadMaintenance as fault:
                self._say(f"{fault} The maintenance read before still holds.")
        return self._planned
