"""How `ops init` shows its plan."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from ops.init.plan import Row

NOTHING = "(none)"


def render_plan(rows: Sequence[Row]) -> RenderableType:
    """Returns one small table for each file, so that the values have room on 80 columns."""
    parts: list[RenderableType] = []
    for file, of_file in groupby(rows, key=lambda row: row.file):
        table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 1))
        for _ in range(4):
            table.add_column(overflow="fold")
        for row in of_file:
            new = Text(row.new or NOTHING, style="green")
            table.add_row(Text(row.what), Text(row.old or NOTHING, style="dim"), Text("→", style="dim"), new)
        parts += [Text(file, style="bold"), Padding(table, (0, 0, 0, 3), expand=False)]
    return Group(*parts)
