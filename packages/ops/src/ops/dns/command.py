"""Runs `ops dns …` as a program: plans, asks, applies, looks; the exit status says what came of it."""

from __future__ import annotations

import sys
from collections.abc import Callable, Collection, Sequence
from contextlib import nullcontext
from typing import Any, Literal

import msgspec
from rich.console import Console

from house import site
from ops.dns import export, look, plan, report, servers
from ops.dns.desk import Desk
from ops.dns.faults import Moved, Trouble
from ops.dns.kinds import Kind
from ops.dns.plan import Plan
from ops.dns.records import Awaited, Record
from ops.railway import faults as railway_faults

DONE, FAILED, PENDING, REFUSED = 0, 1, 2, 3
DIFFERS, UNKNOWN = 1, 2
Format = Literal["bind", "octodns", "cloudflare", "table"]


def show(desk: Callable[[], Desk], *, prune: bool, allowed: Collection[Kind], as_json: bool) -> int:
    """0 when nothing would change, 2 when something would, 3 when that is unsafe, 1 when it cannot be told."""
    try:
        at = desk()
        made = at.plan(at.provider(), prune=prune)
    except (Trouble, railway_faults.Trouble, site.BadSite) as trouble:
        return _failed(trouble, as_json=as_json)
    refused = made.refused(allowed)
    if as_json:
        _print_json(_told(made, at.awaited, refused))
    else:
        console = Console(highlight=False)
        report.show_plan(console, made, at.awaited)
        _say_refused(console, refused)
    return REFUSED if refused else PENDING if made.changes else DONE


def apply(
    desk: Callable[[], Desk],
    *,
    prune: bool,
    allowed: Collection[Kind],
    as_json: bool,
    agree: Callable[[str], bool],
) -> int:
    """0 when the zone is as it should be, 2 when the person said no, 3 when the plan is unsafe, 1 for trouble."""
    console = Console(highlight=False, stderr=as_json)
    try:
        at = desk()
        shown = at.plan(at.provider(), prune=prune)
        report.show_plan(console, shown, at.awaited)
        if refused := shown.refused(allowed):
            _say_refused(console, refused)
            return _ended(REFUSED, shown, at, refused, as_json=as_json)
        if not shown.changes:
            return _ended(DONE, shown, at, [], as_json=as_json)
        if not agree(f"Apply this to {shown.zone} at {at.site.dns.provider}?"):
            console.print("Nothing was changed.")
            return _ended(PENDING, shown, at, [], as_json=as_json)
        _carry_out(console, at, shown, prune=prune)
    except (Trouble, railway_faults.Trouble, site.BadSite) as trouble:
        return _failed(trouble, as_json=as_json)
    console.print(f"Done, and read back: {shown.zone} is as it should be.")
    return _ended(DONE, shown, at, [], as_json=as_json)


def check(desk: Callable[[], Desk], *, as_json: bool) -> int:
    """0 when the world sees all of it, 1 when not, 2 when that cannot be told."""
    try:
        at = desk()
        asked = servers.named(at.resolvers) or servers.of_zone(at.site.zone)
        with Console(stderr=True).status("Asking…") if sys.stderr.isatty() else nullcontext():
            lookup = at.lookup()
            found = look.findings(at.site.zone, at.records, asked, awaited=at.awaited, exists=lookup.exists)
    except (Trouble, railway_faults.Trouble, site.BadSite) as trouble:
        return _failed(trouble, as_json=as_json, status=UNKNOWN)
    labels = [server.label for server in asked]
    if as_json:
        findings = [{**each._asdict(), "paste": list(report.to_paste(each))} for each in found]
        _print_json({"zone": at.site.zone, "ok": not found, "servers": labels, "findings": findings})
    else:
        console = Console(highlight=False)
        report.show_findings(console, found)
        told = (
            f"{len(found)} things are otherwise" if found else f"{len(at.records)} sets of records are as they should"
        )
        console.print(f"{told}, by {', '.join(labels)}.", soft_wrap=True)
    if found and all(finding.what == "unanswered" for finding in found):
        return UNKNOWN
    return DIFFERS if found else DONE


def give(desk: Callable[[], Desk], form: Format, *, as_json: bool) -> int:
    """Print the records. 0, or 1 for trouble."""
    try:
        at = desk()
        if as_json:
            _print_json({"zone": at.site.zone, "records": _dicts(at.records), "awaited": _dicts(at.awaited)})
        elif form == "table":
            report.show_records(Console(highlight=False), at.records, at.awaited)
        elif form == "bind":
            sys.stdout.write(export.bind(at.site.zone, at.records, at.awaited))
        else:
            write = export.octodns if form == "octodns" else export.cloudflare
            sys.stdout.write(write(at.site.zone, at.records))
    except (Trouble, railway_faults.Trouble, site.BadSite) as trouble:
        return _failed(trouble, as_json=as_json)
    return DONE


def _carry_out(console: Console, at: Desk, shown: Plan, *, prune: bool) -> None:
    """What was agreed to, and nothing else. Raises `Trouble`."""
    through = at.provider()
    now = at.plan(through, prune=prune)
    if now.changes != shown.changes:
        raise Moved("Somebody changed the zone meanwhile, so nothing was done. Run it again and look at the new plan.")
    with console.status("Applying…") if console.is_terminal else nullcontext():
        plan.carry_out(through, now)
        after = at.plan(at.provider(), prune=prune)
    if after.changes:
        names = ", ".join(f"{change.name} {change.type}" for change in after.changes)
        raise Moved(f"Applied, but read back the zone is otherwise at {names}. Run it again and look at the new plan.")


def _say_refused(console: Console, refused: Sequence[Kind]) -> None:
    if refused:
        options = " ".join(f"--force {kind}" for kind in refused)
        console.print(f"Refused as unsafe. If all of it is meant: {options}", soft_wrap=True)


def _told(made: Plan, awaited: Sequence[Awaited], refused: Sequence[Kind]) -> dict[str, Any]:
    changes = [{**change._asdict(), "risks": [risk._asdict() for risk in change.risks]} for change in made.changes]
    return {
        "zone": made.zone,
        "changes": changes,
        "risks": [risk._asdict() for risk in made.risks],
        "refused": list(refused),
        "kept": _dicts(made.kept),
        "awaited": _dicts(awaited),
    }


def _dicts(rows: Sequence[Record] | Sequence[Awaited]) -> list[dict[str, Any]]:
    return [row._asdict() for row in rows]


def _ended(status: int, made: Plan, at: Desk, refused: Sequence[Kind], *, as_json: bool) -> int:
    if as_json:
        applied = status == DONE and bool(made.changes)
        _print_json({"applied": applied, **_told(made, at.awaited, refused)})
    return status


def _failed(trouble: Exception, *, as_json: bool, status: int = FAILED) -> int:
    if as_json:
        _print_json({"error": str(trouble)})
    else:
        Console(stderr=True, highlight=False).print(f"ops dns: {trouble}", soft_wrap=True, markup=False)
    return status


def _print_json(told: Any) -> None:
    sys.stdout.buffer.write(msgspec.json.format(msgspec.json.encode(told), indent=2) + b"\n")
    sys.stdout.buffer.flush()
