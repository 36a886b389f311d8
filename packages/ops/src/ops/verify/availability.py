"""The availability that the uptime provider measured in the last 30 days, against the objective of `site.toml`."""

from __future__ import annotations

import asyncio

from ops.cli import OpsError, UsageError, format_duration
from ops.uptime.availability import Row, list_windows, measure_monitors
from ops.uptime.monitors import list_monitors
from ops.uptime.providers import open_provider
from ops.verify.checks import CheckFailedError, CheckSkippedError, Group, check, require, skip_unless
from ops.verify.context import VerifyContext

HINT = "`ops uptime report` shows every host; release with care until there is budget again."


@check(
    Group.OPERATIONS,
    "availability",
    "Each host was available for the promised share of the last 30 days",
    skip_local="No provider measures a laptop.",
)
async def check_availability(context: VerifyContext) -> str:
    try:
        rows = await asyncio.to_thread(_measure, context)
    except UsageError as error:
        raise CheckSkippedError(str(error)) from error
    except OpsError as error:
        first, *rest = str(error).splitlines()
        raise CheckFailedError(first, " ".join(rest) or "Run `ops uptime report`.") from error
    for row in rows:
        if row.budget_left_s is not None and row.downtime_s is not None:
            down, budget = format_duration(row.downtime_s), format_duration(row.budget_s)
            detail = f"{row.monitor} was down for {down} of 30 days; the error budget is {budget}"
            require(row.budget_left_s >= 0, detail, HINT)
    for row in rows:
        skip_unless(row.availability is not None, f"{row.monitor} {row.reason}.")
    worst = min(rows, key=lambda row: row.availability or 0)
    return f"{worst.monitor} was available {worst.availability:.3f} % of the last 30 days, the others no less"


def _measure(context: VerifyContext) -> list[Row]:
    facts, provider = context.target.facts, open_provider(context.environ, lambda _: None)
    window = list_windows(context.now())[:1]
    return measure_monitors(provider, list_monitors(facts), facts.uptime.objective, window)
