"""What `ops dns` prints: for people, and in the formats of others."""

from __future__ import annotations

import io
import json
from collections import Counter
from collections.abc import Sequence

from octodns.yaml import safe_dump
from octodns.zone import Zone
from octodns_cloudflare import CloudflareProvider
from rich.text import Text

from ops.cli import CliOutput, Column
from ops.dns.plan import Change, DnsPlan
from ops.dns.propagation import Finding
from ops.dns.provider import to_octo
from ops.dns.records import Awaited, Record, zone_form

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


def export_bind(zone: str, records: Sequence[Record], awaited: Sequence[Awaited]) -> str:
    """Returns a zone file without SOA and NS, which belong to the server. A comment says what no zone file can."""
    lines = [f"$ORIGIN {zone}.", *(f"; awaited: {each.name}. {each.type} (ask {each.source})" for each in awaited)]
    for record in records:
        head = "; ALIAS cannot be in a zone file: " if record.type == "ALIAS" else ""
        prefix = f"{head}{record.name}. {record.ttl} IN {record.type}"
        lines += [f"{prefix} {zone_form(record.type, value)}" for value in record.values]
    return "\n".join(lines) + "\n"


def export_octodns(zone: str, records: Sequence[Record]) -> str:
    """Returns the file `config/ZONE.yaml` of octoDNS. Raises `RecordError`."""
    names: dict[str, list[dict[str, object]]] = {}
    for record in records:
        octo = to_octo(Zone(f"{zone}.", []), record)
        names.setdefault(octo.name, []).append({"type": octo._type, **octo.data})
    out = io.StringIO()
    safe_dump({name: each if len(each) > 1 else each[0] for name, each in names.items()}, out)
    return out.getvalue()


def export_cloudflare(zone: str, records: Sequence[Record]) -> str:
    """Returns the body of `POST /zones/ID/dns_records/batch`. Raises `RecordError`."""
    provider = CloudflareProvider("export", token="", pagerules=False)
    octo = Zone(f"{zone}.", [])
    posts = [data for record in records for data in provider._gen_data(to_octo(octo, record))]
    return json.dumps({"posts": posts}, indent=2) + "\n"
