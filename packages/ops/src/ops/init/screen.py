"""What `ops init` shows: the plan, the faults, and what is left to do by hand."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import groupby

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from ops.init.faults import Fault
from ops.init.plan import Plan, Row
from ops.init.task import Record, Todo, Value

NOTHING = "(none)"


def plan(made: Plan) -> RenderableType:
    table = Table(box=None, pad_edge=False, padding=(0, 1), header_style="dim")
    for name in ("file", "what", "now", "then"):
        table.add_column(name, overflow="fold")
    for file, rows in groupby(made.rows, key=lambda row: row.file):
        for number, row in enumerate(rows):
            table.add_row(Text(file if number == 0 else ""), *_row(row))
    return table


def faults(found: Sequence[Fault], out: Console) -> None:
    for fault in found:
        out.print(Text.assemble((f"{fault.flag}: ", "bold red"), fault.what))
    out.print("Nothing was changed.")


def todo(todos: Iterable[Todo]) -> RenderableType:
    parts: list[RenderableType] = []
    for number, each in enumerate(todos, start=1):
        parts += [Text.assemble((f"{number}. {each.title}", "bold")), _below(Text(each.where, style="cyan"))]
        parts.append(_below(Text(each.why, style="dim")))
        if each.values:
            parts.append(_below(_values(each.values)))
        if each.records:
            parts.append(_below(_records(each.records)))
        parts += [_below(Text(f"$ {command}")) for command in each.commands]
        parts.append(Text(""))
    return Group(*parts)


def _row(row: Row) -> tuple[Text, Text, Text]:
    return Text(row.what), Text(row.old or NOTHING, style="dim"), Text(row.new or NOTHING, style="green")


def _below(what: RenderableType) -> RenderableType:
    return Padding(what, (0, 0, 0, 3), expand=False)


def _values(values: Iterable[Value]) -> Table:
    table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 1))
    for each in values:
        told = Text(each.value) + Text(", " if each.value and each.source else "") + Text(each.source, style="dim")
        table.add_row(Text(each.name, style="bold"), told)
    return table


def _records(records: Iterable[Record]) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 1), header_style="dim")
    for name in ("name", "type", "value"):
        table.add_column(name, overflow="fold")
    for each in records:
        table.add_row(each.name, each.type, Text(each.value) if each.value else Text(each.source, style="dim"))
    return table
