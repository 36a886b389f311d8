"""Accounts of any window, from days that were accounted once and the probes at the edges; and what may be forgotten.

Probes are kept for the last 40 days that have any. Before they go, their day is closed: its account stays for good.
Days with probes are counted, not days of the clock, so that a clock which jumps years ahead throws nothing away.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec

from ops.uptime import account, maintenance, spans, windows
from ops.uptime.account import Account
from ops.uptime.maintenance import Planned
from ops.uptime.spans import DAY_MS, Span
from ops.uptime.store import Store

KEPT_DAYS = 40


class Ledger:
    """The accounts of a store under the announced maintenance. Days that are not over at `now` are not written down."""

    def __init__(self, store: Store, planned: Iterable[Planned], now: int) -> None:
        self._store = store
        self._planned = tuple(planned)
        self._now = now

    def account(self, target: str, span: Span) -> Account:
        """The account of `span`, which ends at the latest now."""
        first, last = -(-span.begin // DAY_MS), span.end // DAY_MS
        if first >= last:
            return self._counted(target, span)
        whole = sum((self.day(target, day) for day in range(first, last)), Account())
        head = self._counted(target, Span(span.begin, first * DAY_MS))
        return head + whole + self._counted(target, Span(last * DAY_MS, span.end))

    def day(self, target: str, day: int) -> Account:
        """The account of a whole day, or of the part of it that has passed."""
        span = Span(day * DAY_MS, (day + 1) * DAY_MS)
        if span.end > self._now:
            return self._counted(target, span.clipped(span.begin, max(self._now, span.begin)))
        number = self._store.id_of(target)
        under = self._under(target, span)
        query = "SELECT account, maintenance, closed FROM days WHERE target = ? AND day = ?"
        row = self._store.db.execute(query, (number, day)).fetchone()
        if row and (row[2] or row[1] == under):
            return msgspec.msgpack.decode(row[0], type=Account)
        # Counted inside the transaction, so that no verdict slips in between counting and writing.
        with self._store.writing() as db:
            counted = self._counted(target, span)
            db.execute(
                "INSERT OR REPLACE INTO days (target, day, account, maintenance) VALUES (?, ?, ?, ?)",
                (number, day, msgspec.msgpack.encode(counted), under),
            )
        return counted

    def forget_old(self, targets: Sequence[str]) -> None:
        """Close days whose probes are old enough, and delete these."""
        for target in targets:
            number = self._store.id_of(target)
            before = self._oldest_kept(number)
            if before is None:
                continue
            for day in self._days_before(number, before):
                self.day(target, day)
            with self._store.writing() as db:
                db.execute("UPDATE days SET closed = 1 WHERE target = ? AND day < ?", (number, before))
                # The first day that is kept begins under the last verdict before it.
                db.execute(
                    "DELETE FROM probes WHERE target = :target AND at < "
                    "(SELECT max(at) FROM probes WHERE target = :target AND at < :before)",
                    {"target": number, "before": before * DAY_MS},
                )

    def _oldest_kept(self, number: int) -> int | None:
        """The fortieth newest day that has probes; none while there are fewer."""
        at: int | None = None
        query = "SELECT max(at) FROM probes WHERE target = ? AND at < ?"
        before = windows.day_of(self._now) * DAY_MS + DAY_MS
        for _ in range(KEPT_DAYS):
            at = self._store.db.execute(query, (number, before)).fetchone()[0]
            if at is None:
                return None
            before = windows.day_of(at) * DAY_MS
        return windows.day_of(before)

    def _days_before(self, number: int, before: int) -> list[int]:
        """Days about which probes say anything: their own, and the one after, into which the last of them reaches."""
        query = f"SELECT DISTINCT at / {DAY_MS} FROM probes WHERE target = ? AND at < ?"  # noqa: S608 a constant
        own = {day for (day,) in self._store.db.execute(query, (number, before * DAY_MS))}
        return sorted(day for day in own | {day + 1 for day in own} if day < before)

    def _counted(self, target: str, span: Span) -> Account:
        if span.length <= 0:
            return Account()
        records = self._store.records(target, *span)
        return account.of(records, maintenance.of_target(self._planned, target), *span)

    def _under(self, target: str, span: Span) -> bytes:
        return msgspec.msgpack.encode(spans.within(maintenance.of_target(self._planned, target), *span))
