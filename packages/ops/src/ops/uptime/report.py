"""The report: for each target and window the account, the availability and what is left of the error budget."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

import msgspec
from rich.console import Console
from rich.table import Table
from rich.text import Text

from ops.uptime import budget, windows
from ops.uptime.account import Account
from ops.uptime.ledger import Ledger
from ops.uptime.spans import MINUTE_MS
from ops.uptime.targets import Target
from ops.uptime.windows import Window
from ops.uptime.wording import lasting, percent

STALE_MS = 2 * MINUTE_MS
PERCENTILES = (50, 95, 99)


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """All times in milliseconds. Up, down, unknown and maintenance make up `window_ms`, which ends now where the window
    goes on; `budget_ms` is that of the whole window. Shares are between 0 and 1."""

    target: str
    window: str
    begins: str
    ends: str
    window_ms: int
    up_ms: int
    down_ms: int
    unknown_ms: int
    maintenance_ms: int
    available_by_time: float | None
    available_by_probes: float | None
    coverage: float | None
    budget_ms: int
    budget_left_ms: int
    good: int
    bad: int
    unsure: int
    blips: int
    latency_ms: dict[str, int | None]

    @property
    def spent(self) -> bool:
        return self.budget_left_ms <= 0


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """`ok` is false when a budget is spent; `age_ms` is how long ago the last probe was, none where there is none."""

    ok: bool
    objective: float
    now: str
    last_probe: str | None
    age_ms: int | None
    rows: list[Row]


def row(target: str, window: Window, found: Account, share: Fraction, now: int) -> Row:
    """One line of the report."""
    passed = window.until(now)
    whole = budget.whole(share, window.span.length)
    return Row(
        target=target,
        window=window.name,
        begins=windows.stamp(passed.begin),
        ends=windows.stamp(passed.end),
        window_ms=found.window,
        up_ms=found.up,
        down_ms=found.down,
        unknown_ms=found.unknown,
        maintenance_ms=found.maintenance,
        available_by_time=_number(found.by_time),
        available_by_probes=_number(found.by_probes),
        coverage=_number(found.coverage),
        budget_ms=whole,
        budget_left_ms=whole - found.down,
        good=found.good,
        bad=found.bad,
        unsure=found.unsure,
        blips=found.blips,
        latency_ms={f"p{each}": found.percentile(each) for each in PERCENTILES},
    )


def of(
    ledger: Ledger,
    targets: Sequence[Target],
    asked: Sequence[Window],
    *,
    objective: float,
    newest: int | None,
    now: int,
) -> Report:
    """Account for every target and window. The first window decides whether the budget is spent."""
    share = budget.allowed(objective)
    rows = [
        row(target.key, window, ledger.account(target.key, window.until(now)), share, now)
        for target in targets
        for window in asked
    ]
    return Report(
        ok=not any(each.spent for each in rows if each.window == asked[0].name),
        objective=objective,
        now=windows.stamp(now),
        last_probe=None if newest is None else windows.stamp(newest),
        age_ms=None if newest is None else now - newest,
        rows=rows,
    )


def table(report: Report, names: dict[str, str]) -> Table:
    shown = Table(box=None, pad_edge=False, padding=(0, 1), header_style="dim")
    for name in ("target", "window"):
        shown.add_column(name, no_wrap=True)
    for name in ("by time", "by probes", "down", "budget left", "unknown", "maintenance", "p50", "p95", "p99"):
        shown.add_column(name, justify="right", no_wrap=True)
    before = ""
    for each in report.rows:
        if before and each.target != before:
            shown.add_row()
        shown.add_row(*_cells(each, "" if each.target == before else names[each.target]))
        before = each.target
    return shown


def _cells(each: Row, name: str) -> list[Text]:
    left = f"{lasting(each.budget_left_ms)} of {lasting(each.budget_ms)}"
    took = (each.latency_ms[f"p{percentile}"] for percentile in PERCENTILES)
    return [
        Text(name, style="bold"),
        Text(each.window),
        Text(percent(_share(each.up_ms, each.down_ms))),
        Text(percent(_share(each.good, each.bad))),
        Text(lasting(each.down_ms), style="red" if each.down_ms else "dim"),
        Text(left, style="bold red" if each.spent else ""),
        Text(lasting(each.unknown_ms), style="dim"),
        Text(lasting(each.maintenance_ms), style="dim"),
        *(Text("–" if value is None else f"{value} ms") for value in took),
    ]


def tell(report: Report, names: dict[str, str], out: Console) -> None:
    """The table, the age of what it says, and which budget is spent."""
    out.print(table(report, names))
    out.print()
    if report.age_ms is None or report.last_probe is None:
        out.print(Text("No probe was recorded yet.", style="yellow"))
    elif report.age_ms > STALE_MS:
        out.print(Text(f"The last probe was {lasting(report.age_ms)} ago. Is the prober running?", style="yellow"))
    else:
        out.print(Text(f"Last probe {lasting(report.age_ms)} ago.", style="dim"))
    for each in report.rows:
        if each.spent and each.window == report.rows[0].window:
            words = (
                f": {names[each.target]} was down {lasting(each.down_ms)} of the {lasting(each.budget_ms)} it may be."
            )
            out.print(Text.assemble(("Budget spent", "bold red"), words))


def document(report: Report) -> bytes:
    return msgspec.json.format(msgspec.json.encode(report), indent=1)


def _share(good: int, bad: int) -> Fraction | None:
    return Fraction(good, good + bad) if good + bad else None


def _number(share: Fraction | None) -> float | None:
    return None if share is None else float(share)
