"""What `ops dns` shows to people."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table
from rich.text import Text

from ops.dns.look import Finding
from ops.dns.records import Awaited, Record

if TYPE_CHECKING:
    from ops.dns.plan import Change, Plan

MARKS = {"add": ("+", "green"), "change": ("~", "yellow"), "delete": ("-", "red")}
WIDEST = 60


def show_plan(console: Console, plan: Plan, awaited: Sequence[Awaited]) -> None:
    if plan.changes:
        table = Table("", "Name", "Type", "Before", "After", "Danger", box=None, pad_edge=False, title_justify="left")
        for change in plan.changes:
            mark, color = MARKS[change.action]
            retimed = change.action == "change" and change.ttl_before != change.ttl_after
            table.add_row(
                Text(mark, color),
                change.name,
                change.type,
                _values(change.before, change.ttl_before if retimed else 0),
                _values(change.after, change.ttl_after if retimed else 0),
                Text("\n".join(f"{risk.kind}: {risk.why}" for risk in change.risks), "red"),
            )
        console.print(table)
    for risk in plan.risks:
        console.print(Text(f"{risk.kind}: {risk.why}", "red"))
    if plan.kept:
        console.print(f"Kept, because nobody here asked for them: {_few(plan.kept)}. --prune removes them.")
    show_awaited(console, awaited)
    console.print(summary(plan.changes))


def show_awaited(console: Console, awaited: Sequence[Awaited]) -> None:
    for each in awaited:
        console.print(Text(f"Awaited: {each.name} {each.type}. Ask {each.source}.", "yellow"), soft_wrap=True)


def summary(changes: Sequence[Change]) -> str:
    counts = {action: sum(change.action == action for change in changes) for action in MARKS}
    if not changes:
        return "Nothing to do."
    return f"{counts['add']} to add, {counts['change']} to change, {counts['delete']} to delete."


def show_findings(console: Console, found: Sequence[Finding]) -> None:
    for finding in found:
        console.print(Text(f"✗ {finding.name} {finding.type}: {finding.why}".replace(" :", ":"), "red"), soft_wrap=True)
        if finding.servers:
            console.print(f"  says {', '.join(finding.servers)}", soft_wrap=True)
        for line in to_paste(finding):
            console.print(Text(f"  {line}"), soft_wrap=True)


def to_paste(finding: Finding) -> Iterator[str]:
    """One line for each value: what to do, type, name, TTL, and the value to its end."""
    for value in finding.remove:
        yield f"remove  {finding.type}  {finding.name}  {value}"
    for value in finding.add:
        yield f"add  {finding.type}  {finding.name}  {finding.ttl}  {value}"


def show_records(console: Console, records: Sequence[Record], awaited: Sequence[Awaited]) -> None:
    table = Table("Name", "Type", "TTL", "Value", box=None, pad_edge=False)
    for record in records:
        for value in record.values:
            table.add_row(record.name, record.type, str(record.ttl), Text(value, overflow="fold"))
    console.print(table)
    show_awaited(console, awaited)


def _values(values: tuple[str, ...], ttl_s: int) -> Text:
    short = [value if len(value) <= WIDEST else f"{value[: WIDEST - 1]}…" for value in values]
    return Text("\n".join([*short, f"TTL {ttl_s} s"] if ttl_s else short))


def _few(records: Sequence[Record]) -> str:
    named = [f"{record.name} {record.type}" for record in records]
    return ", ".join(named[:5]) + (f" and {len(named) - 5} more" if len(named) > 5 else "")
