"""The order of work and the output of `ops uptime …`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from rich.console import Group, RenderableType
from rich.text import Text

from ops.cli import CliOutput, Column, OpsError, UsageError, format_duration
from ops.uptime.availability import Row, list_windows, measure_monitors
from ops.uptime.gatus import render_gatus
from ops.uptime.monitors import list_monitors
from ops.uptime.plan import Change, plan_changes
from ops.uptime.provider import Provider
from ops.uptime.providers import open_provider
from shared import site_config as sites
from shared.site_config import SiteConfig

OK, FOUND, FAILED = 0, 1, 2
SIGNS = {"create": ("+", "green"), "update": ("~", "yellow"), "delete": ("-", "red")}


def run_plan(output: CliOutput, environ: Mapping[str, str]) -> int:
    site, provider = sites.load(), open_provider(environ, output.note)
    changes = _plan(output, provider, site)
    output.result(_render_plan(output, provider, changes), {"provider": provider.name, "changes": changes})
    return FOUND if changes else OK


def run_apply(output: CliOutput, environ: Mapping[str, str], *, yes: bool) -> int:
    site, provider = sites.load(), open_provider(environ, output.note)
    changes = _plan(output, provider, site)
    output.print(_render_plan(output, provider, changes))
    agreed = not changes or output.confirm(f"Apply this at {provider.name}?", yes=yes)
    if agreed and changes:
        for change in changes:
            output.print(Text(f"{change.action.capitalize()} {change.name}"))
            provider.apply(change)
        if left := _plan(output, provider, site):
            names = ", ".join(f"{each.name} ({', '.join(each.before) or each.action})" for each in left)
            raise OpsError(f"{provider.name} took the changes, but reports otherwise: {names}.")
        output.print(f"Done, and read back: {provider.name} has the monitors of site.toml.")
    if output.as_json:
        output.json({"provider": provider.name, "changes": changes, "applied": agreed})
    return OK if agreed else FOUND


def run_report(output: CliOutput, environ: Mapping[str, str]) -> int:
    site, provider = sites.load(), open_provider(environ, output.note)
    objective, windows = site.uptime.objective, list_windows(datetime.now(UTC))
    with output.status(f"Reading what {provider.name} measured…"):
        rows = measure_monitors(provider, list_monitors(site), objective, windows)
    document = {"provider": provider.name, "objective": objective, "rows": rows}
    output.result(_render_report(output, provider, objective, rows), document)
    left = [row.budget_left_s for row in rows if row.window == windows[0][0]]
    spent = any(left_s is not None and left_s < 0 for left_s in left)
    return FOUND if spent else FAILED if None in left else OK


def export_gatus(output: CliOutput, _: Mapping[str, str], alert: str) -> int:
    output.out.file.write(render_gatus(list_monitors(sites.load()), alert))
    return OK


def export_heartbeats(output: CliOutput, environ: Mapping[str, str], _: str) -> int:
    site, provider = sites.load(), open_provider(environ, output.note)
    urls = {each.name: each.heartbeat_url for each in provider.list_existing() if each.heartbeat_url}
    jobs = [monitor for monitor in list_monitors(site) if monitor.job]
    if missing := [each.job for each in jobs if each.name not in urls]:
        raise UsageError(f"{provider.name} has no heartbeat of {', '.join(missing)}. Run `ops uptime apply` first.")
    output.out.file.write(f"HEARTBEAT_URL='{' '.join(f'{each.job}={urls[each.name]}' for each in jobs)}'\n")
    return OK


def _plan(output: CliOutput, provider: Provider, site: SiteConfig) -> list[Change]:
    with output.status(f"Reading the monitors at {provider.name}…"):
        existing = provider.list_existing()
    monitors = list_monitors(site)
    return plan_changes([provider.to_creation(each) for each in monitors], existing, monitors[0].prefix)


def _render_plan(output: CliOutput, provider: Provider, changes: Sequence[Change]) -> RenderableType:
    if not changes:
        return f"Nothing to do: {provider.name} has the monitors of site.toml."
    rows = [(Text(*SIGNS[each.action]), each.name.partition("] ")[2], _render_details(each)) for each in changes]
    counts = ", ".join(f"{sum(each.action == action for each in changes)} to {action}" for action in SIGNS)
    return Group(output.table([Column(""), Column("Monitor"), Column("What")], rows), f"{counts}.")


def _render_details(change: Change) -> str:
    if change.action == "update":
        return ", ".join(f"{name} {change.before[name]} → {value}" for name, value in change.fields.items())
    if change.action == "delete":
        return "with all that was measured"
    period = next(change.fields[name] for name in ("interval", "check_frequency", "period") if name in change.fields)
    return f"{change.fields.get('url', 'heartbeat')}, every {format_duration(period)}"


def _render_report(output: CliOutput, provider: Provider, objective: float, rows: Sequence[Row]) -> RenderableType:
    figures = (("Available", 0), ("Incidents", 1), ("Down", 2), ("Budget left", 0))
    columns = [Column("Monitor"), Column("Window"), *(Column(title, priority, "right") for title, priority in figures)]
    reasons = dict.fromkeys(f"{row.monitor} {row.reason}." for row in rows if row.reason)
    budget = format_duration(rows[0].budget_s)
    summary = f"Objective {objective:g} %: {budget} of 30 days may be down. Measured by {provider.name}."
    return Group(output.table(columns, [_render_row(row) for row in rows]), summary, *reasons)


def _render_row(row: Row) -> tuple[str | Text, ...]:
    if row.budget_left_s is None or row.downtime_s is None:
        return row.monitor, row.window, "unknown", "", "", ""
    left = Text(format_duration(row.budget_left_s), "green")
    if row.budget_left_s < 0:
        left = Text(f"spent, {format_duration(-row.budget_left_s)} over", "red")
    down = format_duration(row.downtime_s) if row.downtime_s else "none"
    return row.monitor, row.window, f"{row.availability:.3f} %", str(row.incidents), down, left
