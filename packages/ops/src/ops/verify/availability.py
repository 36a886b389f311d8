"""The availability that the uptime provider measured in the last 30 days, against the objective of `site.toml`."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime

from ops.cli import OpsError, UsageError, format_duration
from ops.uptime.availability import Row, list_windows, measure_monitors
from ops.uptime.monitors import list_monitors
from ops.uptime.providers import open_provider
from ops.verify.checks import Broken, Check, Skipped
from ops.verify.target import Target

ADVICE = "`ops uptime report` shows every host; release with care until there is budget again."


class Availability:
    """Asks the provider whose token is in `environ`."""

    def __init__(self, target: Target, environ: Mapping[str, str]) -> None:
        self.target = target
        self.environ = environ

    def checks(self) -> list[Check]:
        objective = self.target.facts.uptime.objective
        return [
            Check("availability", f"{objective:g} % of the last 30 days each host was available", self.check_budget)
        ]

    async def check_budget(self) -> str:
        if self.target.local:
            raise Skipped("No provider measures a laptop.")
        try:
            rows = await asyncio.to_thread(self._measure)
        except UsageError as error:
            raise Skipped(str(error)) from error
        except OpsError as error:
            first, *rest = str(error).splitlines()
            raise Broken(first, " ".join(rest) or "Run `ops uptime report`.") from error
        for row in rows:
            if row.budget_left_s is not None and row.downtime_s is not None and row.budget_left_s < 0:
                down, budget = format_duration(row.downtime_s), format_duration(row.budget_s)
                raise Broken(f"{row.monitor} was down for {down} of 30 days; the error budget is {budget}", ADVICE)
        if unmeasured := [row for row in rows if row.availability is None]:
            raise Skipped(f"{unmeasured[0].monitor} {unmeasured[0].reason}.")
        worst = min(rows, key=lambda row: row.availability or 0)
        return f"{worst.monitor} was available {worst.availability:.3f} % of the last 30 days, the others no less"

    def _measure(self) -> list[Row]:
        provider = open_provider(self.environ, lambda _: None)
        facts = self.target.facts
        windows = list_windows(datetime.now(UTC))[:1]
        return measure_monitors(provider, list_monitors(facts), facts.uptime.objective, windows)
