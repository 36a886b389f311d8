"""What the watch says of the last 30 days: from its own folder, else from the status page it publishes."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import msgspec

from ops.uptime import reading, store, targets, windows
from ops.uptime.clock import SystemClock
from ops.uptime.faults import Trouble
from ops.uptime.report import Row
from ops.uptime.status import Status
from ops.verify.checks import Broken, Check, Skipped
from ops.verify.client import Client

STALE = timedelta(hours=2)
"""The page is published twice an hour, by schedules that run late."""
LEAST_COVERAGE = 0.5
"""Share of the window about which something must be known before it is praised."""


class Availability:
    """`folder` is the watch's, or None to ask the published status; `clock` gives milliseconds since 1970."""

    def __init__(self, client: Client, folder: Path | None, clock: Callable[[], int] | None = None) -> None:
        self.client = client
        self.folder = folder
        self.clock = clock or SystemClock().now

    def checks(self) -> list[Check]:
        promised = self.client.target.facts.uptime.objective
        return [Check("availability", f"{promised:g} % of the last 30 days it was there", self.budget)]

    async def budget(self) -> str:
        rows, newest = self._kept(self.folder) if self.folder else await self._published()
        age = windows.moment(self.clock()) - newest
        if age > STALE:
            raise Broken(f"The watch has been silent since {newest:%Y-%m-%d %H:%M}", "Is `ops uptime run` running?")
        spent = [row for row in rows if row.spent]
        if spent:
            was, may = _minutes(spent[0].down_ms), _minutes(spent[0].budget_ms)
            advice = "`ops uptime report` tells when; deliver carefully until there is budget again."
            raise Broken(f"{spent[0].target} was down for {was} of 30 days; {may} are allowed", advice)
        worst = min(rows, key=lambda row: 1 if row.available_by_time is None else row.available_by_time)
        if worst.available_by_time is None:
            raise Skipped("The watch knows nothing of the last 30 days yet.")
        covered = min(row.coverage or 0 for row in rows)
        known = "" if covered >= LEAST_COVERAGE else f", of which only {covered:.0%} was watched"
        return f"{worst.target} was there {worst.available_by_time * 100:.3f} % of the last 30 days{known}"

    def _kept(self, folder: Path) -> tuple[Sequence[Row], datetime]:
        facts, now = self.client.target.facts, self.clock()
        watched = targets.production(facts)
        try:
            with contextlib.closing(store.existing(folder)) as opened:
                window = windows.last(windows.BUDGET_DAYS, now)
                told = reading.report(opened, folder, watched, facts, windows=[window], now=now)
        except Trouble as fault:
            raise Broken(f"{folder} holds no account: {fault}", "Name the folder of `ops uptime run`.") from fault
        return told.rows, _moment(told.last_probe)

    async def _published(self) -> tuple[Sequence[Row], datetime]:
        if self.client.target.local:
            raise Skipped("A laptop is not watched; name a folder with --ledger.")
        url = f"{self.client.target.site_url}{self.client.target.facts.uptime.path}status.json"
        answer = await self.client.get(url, expect=None)
        if answer.status_code == httpx.codes.NOT_FOUND:
            raise Skipped(f"No status is published at {url}; name a folder with --ledger.")
        try:
            told = msgspec.json.decode(answer.content, type=Status)
        except msgspec.DecodeError as fault:
            raise Broken(f"{url} is no status: {fault}", "Look at the last run of uptime.yml.") from fault
        return [target.budget for target in told.targets], _moment(told.last_probe)


def _minutes(milliseconds: int) -> str:
    return f"{milliseconds / 60_000:.1f} minutes"


def _moment(stamp: str | None) -> datetime:
    if stamp is None:
        raise Skipped("The watch has not probed anything yet.")
    return datetime.fromisoformat(stamp).astimezone(UTC)
