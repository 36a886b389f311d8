"""Reads the signs from the store after each verdict, carries the episodes on, and writes the messages."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

import msgspec

from ops.uptime import alerts, budget, windows
from ops.uptime.account import Outcome
from ops.uptime.alerts import Episode, Tell
from ops.uptime.budget import Severity
from ops.uptime.evidence import Evidence
from ops.uptime.ledger import Ledger
from ops.uptime.outbox import Outbox
from ops.uptime.spans import DAY_MS, Span
from ops.uptime.store import Store
from ops.uptime.targets import Target
from ops.uptime.verdict import Verdict
from ops.uptime.wording import day, exactly, lasting

CERTIFICATE_DAYS = (14, 3)
_HEADS = {Severity.PAGE: "is down", Severity.TICKET: "fails too often"}


class Watchman:
    """`share` is the part of the time that may be down; `page` the address of the status page, named in messages."""

    def __init__(self, store: Store, outbox: Outbox, share: Fraction, page: str) -> None:
        self._store = store
        self._outbox = outbox
        self._share = share
        self._page = page

    def note(self, target: Target, verdict: Verdict, planned: Sequence[Span], ledger: Ledger) -> Tell | None:
        """Look at the burn rate after a verdict; gives what was told."""
        episode = self.episode(target.key)
        # The moment of the verdict itself belongs to what was seen.
        failures = self._store.failures(target.key, verdict.at - budget.LONGEST_MS, verdict.at + 1)
        seen = Evidence(failures, planned, verdict.at, self._share)
        after, tell = alerts.step(episode, seen.signs(episode, up=verdict.outcome is Outcome.UP))
        if after == episode:
            return None
        # What is over is told as what it was.
        about = msgspec.structs.replace(after, severity=max(episode.severity, after.severity))
        message = self._message(tell, target, about, seen, ledger) if tell is not None else None
        kept = (self._store.id_of(target.key), msgspec.msgpack.encode(after))
        # Together, so that a message is written exactly once however we end.
        with self._store.writing() as db:
            db.execute("INSERT OR REPLACE INTO episodes (target, episode) VALUES (?, ?)", kept)
            if message is not None:
                self._outbox.put(db, *message, verdict.at)
        return tell

    def note_certificate(self, target: Target, verdict: Verdict) -> bool:
        """Tell, twice at most for each certificate, that it ends soon."""
        ends = verdict.attempt.certificate_ends
        if ends is None:
            return False
        left = (ends - verdict.at) // DAY_MS
        passed = [days for days in CERTIFICATE_DAYS if left < days]
        if not passed or not self._store.sight(target.key, "warned", f"{ends} {passed[-1]}", verdict.at):
            return False
        title = f"{target.name}: the certificate ends in {max(left, 0)} days"
        body = f"It ends on {day(ends)} and was not renewed. Look at the domain settings of its host.\n{target.url}"
        with self._store.writing() as db:
            self._outbox.put(db, title, body, verdict.at)
        return True

    def episode(self, target: str) -> Episode:
        """The present or last episode of a target."""
        query = "SELECT episode FROM episodes WHERE target = ?"
        row = self._store.db.execute(query, (self._store.id_of(target),)).fetchone()
        return msgspec.msgpack.decode(row[0], type=Episode) if row else Episode()

    def _message(self, tell: Tell, target: Target, episode: Episode, seen: Evidence, ledger: Ledger) -> tuple[str, str]:
        title, body = (self._over if tell is Tell.OVER else self._burning)(target, episode, seen)
        return title, f"{body}\n{self._rest(target, ledger, seen.at)}"

    def _burning(self, target: Target, episode: Episode, seen: Evidence) -> tuple[str, str]:
        why = self._store.reason(target.key, episode.last_bad) or "fails"
        begun = f"First seen {exactly(episode.began)}. The budget burns {float(seen.pace()):.0f} times too fast."
        return f"{target.name} {_HEADS[episode.severity]}", f"{target.name} {why}.\n{begun}"

    def _over(self, target: Target, episode: Episode, seen: Evidence) -> tuple[str, str]:
        down = lasting(seen.down_since(episode.began))
        if episode.severity is Severity.TICKET:
            return f"{target.name} is steady again", f"Not one failure in 6 h. It was down for {down}."
        since = self._store.up_after(target.key, episode.last_bad) or seen.at
        return f"{target.name} is up again", f"Since {exactly(since)}. It was down for {down}."

    def _rest(self, target: Target, ledger: Ledger, now: int) -> str:
        month = Span(now - windows.BUDGET_DAYS * DAY_MS, now)
        whole = budget.whole(self._share, month.length)
        left = lasting(whole - ledger.account(target.key, month).down)
        return f"Error budget left: {left} of {lasting(whole)} in {windows.BUDGET_DAYS} days.\n{self._page}"
