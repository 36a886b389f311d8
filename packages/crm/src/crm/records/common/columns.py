"""The columns of a list: which are there, and which a person has chosen, in which order. The URL holds the choice."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urlencode

import msgspec

from crm.kernel.http.request import Request
from crm.records.common.list_state import read_base

PARAMETER = "columns"


class Column(msgspec.Struct, frozen=True, kw_only=True):
    """One column. `sort` is the order that its heading asks for, at first downwards if `descending`.

    `style` is the class of its heading and cells. `size` is its width in pixels; 0: that of its content. The
    first column of a list is always there.
    """

    name: str
    label: str
    shown: bool = True
    sort: str = ""
    descending: bool = False
    style: str = ""
    size: int = 0


class ColumnChoice(msgspec.Struct, frozen=True):
    """The columns that are shown, those that are not, and names that are of none."""

    shown: list[Column]
    others: list[Column]
    unknown: list[str]


def read_columns(request: Request, columns: Sequence[Column], *, without: Sequence[str] = ()) -> ColumnChoice:
    """The columns that the URL names, or else the usual ones, as far as they are not among `without`."""
    chosen = [name for key, value in request.asked if key == PARAMETER for name in value.split(",") if name]
    usual = [column.name for column in columns if column.shown and column.name not in without]
    return _choose(columns, chosen or usual)


def read_change(request: Request, columns: Sequence[Column]) -> str | None:
    """The query of the list after the form of the columns; None if the request comes from no such form."""
    sent = request.asked
    if ("set", PARAMETER) not in sent:
        return None
    chosen = [column.name for column in _choose(columns, [value for name, value in sent if name == "value"]).shown]
    for name, step in (("up", -1), ("down", 1)):
        for moved in (value for key, value in sent if key == name and value in chosen[1:]):
            at = chosen.index(moved)
            to = min(max(at + step, 1), len(chosen) - 1)
            chosen.insert(to, chosen.pop(at))
    base = [(name, value) for name, value in read_base(request) if name != PARAMETER]
    usual = [column.name for column in columns if column.shown]
    return urlencode([*base, *([(PARAMETER, ",".join(chosen[1:]))] if chosen != usual else [])])


def _choose(columns: Sequence[Column], names: Sequence[str]) -> ColumnChoice:
    known = {column.name: column for column in columns}
    chosen = [known[name] for name in dict.fromkeys(names) if name in known and known[name] is not columns[0]]
    shown = [columns[0], *chosen] if names else [column for column in columns if column.shown]
    return ColumnChoice(
        shown, [each for each in columns if each not in shown], [name for name in names if name not in known]
    )
