"""Lists: filters, a sort that is true, keyset paging, and a total that is exact below 10,000.

A page is found by the last row's sort value and id, so the thousandth page costs what the first does and rows
that arrive meanwhile neither repeat nor vanish. Every sort ends with the id, so no two rows tie.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Generic, TypeVar

import msgspec

from crm.kernel import clock
from crm.kernel.db import Connection
from crm.kernel.errors import Fault, Faulty
from crm.kernel.http.totals import Total, Totals

R = TypeVar("R")

DEFAULT_LIMIT = 25
MAX_LIMIT = 100


class Sort(msgspec.Struct, frozen=True):
    """A column a list can be sorted by; `kind` is the Python type of its values in a cursor."""

    column: str
    kind: type[Any]


class Page(msgspec.Struct, Generic[R], frozen=True):
    """`total` is exact when `total_exact`; otherwise it is the planner's estimate of more than 10,000."""

    data: list[R]
    next_cursor: str | None
    total: int
    total_exact: bool


class Where:
    """Conditions and their values, numbered as they are added. Values never enter the text.

    `total` is how many rows match, where whoever added the conditions knows; else they are counted, by the conditions
    of `counted` where the same rows are counted faster in another way than they are found. `latest` finds the newest of
    them faster than all.
    """

    def __init__(self) -> None:
        self.conditions: list[str] = []
        self.values: list[Any] = []
        self.total: Total | None = None
        self.counted: Where | None = None
        self.latest: Latest | None = None

    def add(self, condition: str, *values: Any) -> None:
        """`condition` with `{}` for each value, such as `add("status = ANY({})", ["new"])`."""
        marks = [self.mark(value) for value in values]
        self.conditions.append(condition.format(*marks))

    def mark(self, value: Any) -> str:
        self.values.append(value)
        return f"${len(self.values)}"

    def __str__(self) -> str:
        return " AND ".join(self.conditions) or "true"


class Latest(msgspec.Struct, frozen=True):
    """How to find the last of many rows by `column`, a time: `before` gives ever wider windows that end there."""

    column: str
    before: Callable[[datetime], list[Where]]


class Listing(Generic[R]):
    """How one table is listed. `columns` are spelled out in the order `build` takes them."""

    def __init__(
        self,
        *,
        table: str,
        columns: str,
        build: Callable[..., R],
        sorts: Mapping[str, Sort],
        default: str,
        totals: Totals,
    ) -> None:
        self.table = table
        self.columns = columns
        self.build = build
        self.sorts = sorts
        self.default = default
        self.totals = totals

    async def page(
        self, connection: Connection, where: Where, *, sort: str = "", limit: int = DEFAULT_LIMIT, cursor: str = ""
    ) -> Page[R]:
        """The rows that match, from the place the cursor tells.

        `sort` is a name of `sorts`, with `-` before it for descending. Raises `Faulty` for a sort or a cursor
        that is not this list's.
        """
        sort = sort or self.default
        column, kind, descending = self._order(sort)
        direction, beyond = ("DESC", "<") if descending else ("ASC", ">")
        counted = (str(where), tuple(where.values))
        place = _read_cursor(cursor, sort, kind) if cursor else None
        tries = [where]
        if where.latest is not None and descending and where.latest.column == column:
            tries = [*where.latest.before(place[0] if place else clock.now()), where]
        rows: list[Any] = []
        for found in tries:
            keyset = Where()
            keyset.conditions, keyset.values = list(found.conditions), list(found.values)
            if place:
                keyset.add(f"({column}, id) {beyond} ({{}}, {{}})", *place)
            rows = await connection.fetch(
                f"SELECT {self.columns}, {column} AS sort_value, id AS sort_id, pg_current_snapshot()::text AS seen\n"
                f"FROM {self.table}\n"
                f"WHERE {keyset}\n"
                f"ORDER BY {column} {direction}, id {direction}\n"
                f"LIMIT {keyset.mark(limit + 1)}",
                *keyset.values,
            )
            if len(rows) > limit:
                break
        if not cursor and len(rows) <= limit:
            total = Total(len(rows), exact=True)
        elif where.total is not None:
            total = where.total
        else:
            seen = rows[0]["seen"] if rows else ""
            total = await self.totals.of(connection, self.table, counted, where.counted or where, seen)
        shown = rows[:limit]
        last = shown[-1] if len(rows) > limit else None
        return Page(
            data=[self.build(*tuple(row)[:-3]) for row in shown],
            next_cursor=_write_cursor(sort, last["sort_value"], last["sort_id"]) if last else None,
            total=total.number,
            total_exact=total.exact,
        )

    def _order(self, sort: str) -> tuple[str, type[Any], bool]:
        chosen = self.sorts.get(sort.removeprefix("-"))
        if chosen is None:
            names = ", ".join(sorted(self.sorts))
            raise Faulty([Fault("sort", f"Sort by one of: {names}; put - before it for descending.")])
        return chosen.column, chosen.kind, sort.startswith("-")


def _write_cursor(sort: str, value: Any, number: int) -> str:
    text = value.isoformat() if isinstance(value, date | datetime) else str(value)
    return base64.urlsafe_b64encode(msgspec.json.encode([sort, text, number])).decode().rstrip("=")


def _read_cursor(cursor: str, sort: str, kind: type[Any]) -> tuple[Any, int]:
    try:
        raw = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
        said, text, number = msgspec.json.decode(raw, type=tuple[str, str, int])
        if said != sort or not 0 < number < 2**63 or "\x00" in text:
            raise ValueError(cursor)
        value = Decimal(text) if kind is Decimal else msgspec.convert(text, kind, strict=False)
    except (ValueError, ArithmeticError, binascii.Error, msgspec.MsgspecError) as fault:
        message = "This cursor is not from this list and sort. Start again without it."
        raise Faulty([Fault("cursor", message)]) from fault
    if isinstance(value, Decimal) and not value.is_finite():
        raise Faulty([Fault("cursor", "This cursor is not from this list and sort. Start again without it.")])
    return value, number
