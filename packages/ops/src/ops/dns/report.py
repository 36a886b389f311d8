"""What `ops dns` prints for people."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich.text import Text

from ops.cli import CliOutput, Column
from ops.dns.propagation import Finding
from ops.dns.records import Awaited, Record

if TYPE_CHECKING:
    from ops.dns.plan import Change, DnsPlan

MARKS = {"add": ("+", "green"), "change": ("~", "yellow"), "delete": ("-", "red")}


def print_plan(output: CliOutput, plan: DnsPlan, awaited: Sequence[Awaited]) -> None:
    columns = [Column(title) for title in ("", "Name", "Type", "Value")]
    if plan.changes:
        output.print(output.table(columns, [_render_change(change) for change in plan.changes]))
    for risk in plan.risks:
        output.print(Text(f"{risk.kind}: {risk.why}", "red"))
    if plan.kept:
        names = [f"{record.name} {record.type}" for record in plan.kept]
        more = f" and {len(names) - 5} more" if len(names) > 5 else ""
        output.print(f"Kept, because they are unrelated: {', '.join(names[:5])}{more}. --prune removes them.")
    print_awaited(output, awaited)
    counts = Counter(change.action for change in plan.changes)
    summary = f"{counts['add']} to add, {counts['change']} to change, {counts['delete']} to delete."
    output.print(summary if plan.changes else "Nothing to do.")


def print_awaited(output: CliOutput, awaited: Sequence[Awaited]) -> None:
    for each in awaited:
        output.print(Text(f"Awaited: {each.name} {each.type}. Ask {each.source}.", "yellow"))


def print_findings(output: CliOutput, found: Sequence[Finding]) -> None:
    for finding in found:
        output.print(Text(f"✗ {finding.name} {finding.type}".rstrip() + f": {finding.why}", "red"))
        if finding.servers:
            output.print(f"  as seen by {', '.join(finding.servers)}")
        for line in finding.paste:
            # A value to paste stays on one line, however long it is.
            output.out.print(Text(f"  {line}"), soft_wrap=True)


def print_records(output: CliOutput, records: Sequence[Record], awaited: Sequence[Awaited]) -> None:
    columns = [Column("Name"), Column("Type"), Column("TTL", priority=1), Column("Value")]
    rows = [[record.name, record.type, str(record.ttl), value] for record in records for value in record.values]
    output.print(output.table(columns, rows))
    print_awaited(output, awaited)


def _render_change(change: Change) -> list[str | Text]:
    """For a change, the values that go and come are marked; below them stand the risks."""
    mark, color = MARKS[change.action]
    values = [*change.before, *change.after]
    if change.action == "change":
        values = [f"- {value}" for value in change.before if value not in change.after]
        values += [f"+ {value}" for value in change.after if value not in change.before]
        if change.ttl_before != change.ttl_after:
            values.append(f"TTL {change.ttl_before} s → {change.ttl_after} s")
    cell = Text("\n".join(values))
    for risk in change.risks:
        cell.append(f"\n{risk.kind}: {risk.why}", "red")
    return [Text(mark, color), change.name, change.type, cell]
