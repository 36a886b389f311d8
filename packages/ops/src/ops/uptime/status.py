"""What the status page tells, as one document: the page is drawn from it, and programs read it as `status.json`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import msgspec

from ops.uptime import budget, maintenance, report, spans, windows
from ops.uptime.account import Account, Outcome
from ops.uptime.incidents import Incident, Incidents
from ops.uptime.ledger import Ledger
from ops.uptime.maintenance import Planned
from ops.uptime.report import Row
from ops.uptime.spans import DAY_MS, Span
from ops.uptime.store import Store
from ops.uptime.targets import Target

DAYS = 90
MONTHS = 4
INCIDENTS = 20
AHEAD_MS = 14 * DAY_MS


class Day(msgspec.Struct, frozen=True):
    """A day in UTC, and where its milliseconds went; of the present one, those that have passed."""

    date: str
    up_ms: int
    down_ms: int
    unknown_ms: int
    maintenance_ms: int


class Watched(msgspec.Struct, frozen=True, kw_only=True):
    """`state` is up, down, maintenance, or unknown without a fresh verdict. `budget` spans 30 days, `quarter` 90."""

    key: str
    name: str
    url: str
    state: str
    reason: str
    commit: str
    certificate_ends: str
    days: list[Day]
    budget: Row
    quarter: Row
    months: list[Row]


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """An incident; `down_ms` is the time known to be down within it, which pauses in between leave out."""

    target: str
    name: str
    began: str
    ended: str | None
    down_ms: int
    reason: str
    notes: list[str]


class Status(msgspec.Struct, frozen=True, kw_only=True):
    made: str
    last_probe: str | None
    objective: float
    every_s: int
    targets: Annotated[list[Watched], msgspec.Meta(min_length=1)]
    incidents: list[Told]
    maintenance: list[Planned]


class Book:
    """All that a status is read from, at one moment."""

    def __init__(self, store: Store, incidents: Incidents, planned: Sequence[Planned], now: int) -> None:
        self._store = store
        self._incidents = incidents
        self._planned = planned
        self._now = now
        self._ledger = Ledger(store, planned, now)

    def status(self, targets: Sequence[Target], *, objective: float, every_s: int) -> Status:
        newest = self._store.newest_of_all(self._now)
        names = {target.key: target.name for target in targets}
        seen = self._incidents.between(self._now - DAYS * DAY_MS, self._now)
        return Status(
            made=windows.stamp(self._now),
            last_probe=None if newest is None else windows.stamp(newest),
            objective=objective,
            every_s=every_s,
            targets=[self._watched(target, objective) for target in targets],
            incidents=[self._told(each, names[each.target]) for each in seen if each.target in names][:INCIDENTS],
            maintenance=sorted(
                (each for each in self._planned if self._now < each.span.end <= self._now + AHEAD_MS),
                key=lambda each: each.begins,
            ),
        )

    def _watched(self, target: Target, objective: float) -> Watched:
        share = budget.allowed(objective)

        def row(window: windows.Window) -> Row:
            found = self._ledger.account(target.key, window.until(self._now))
            return report.row(target.key, window, found, share, self._now)

        today = windows.day_of(self._now)
        state, reason = self._state(target)
        return Watched(
            key=target.key,
            name=target.name,
            url=target.url,
            state=state,
            reason=reason,
            commit=self._store.sighted(target.key, "commit"),
            certificate_ends=self._store.sighted(target.key, "certificate"),
            days=[_day(day, self._ledger.day(target.key, day)) for day in range(today - DAYS + 1, today + 1)],
            budget=row(windows.last(windows.BUDGET_DAYS, self._now)),
            quarter=row(windows.last(DAYS, self._now)),
            months=[row(month) for month in windows.months(self._now, MONTHS)],
        )

    def _state(self, target: Target) -> tuple[str, str]:
        if spans.holds(maintenance.of_target(self._planned, target.key), self._now):
            return "maintenance", ""
        newest = self._store.newest(target.key, self._now)
        if newest is None or self._now >= newest.at + newest.hold_ms or newest.outcome is Outcome.UNKNOWN:
            return "unknown", ""
        if newest.outcome is Outcome.UP:
            return "up", ""
        return "down", self._store.reason(target.key, newest.at)

    def _told(self, incident: Incident, name: str) -> Told:
        span = Span(incident.began, self._now if incident.ended is None else incident.ended)
        return Told(
            target=incident.target,
            name=name,
            began=windows.stamp(incident.began),
            ended=None if incident.ended is None else windows.stamp(incident.ended),
            down_ms=self._ledger.account(incident.target, span).down,
            reason=incident.reason,
            notes=self._incidents.notes(incident),
        )


def _day(day: int, found: Account) -> Day:
    date = f"{windows.moment(day * DAY_MS):%Y-%m-%d}"
    return Day(date, found.up, found.down, found.unknown, found.maintenance)


def document(status: Status) -> bytes:
    return msgspec.json.encode(status) + b"\n"
