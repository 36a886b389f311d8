"""Lists with filters, sorting, keyset paging and totals.

A page starts after the sort value and id of the row before it. So every page takes the same time, and rows that are
inserted meanwhile cause no repeats or gaps.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Generic, TypeVar

import msgspec

from crm.kernel import clock
from crm.kernel.db import Connection
from crm.kernel.errors import FieldError, ValidationError
from crm.kernel.http.list_totals import Total, Totals

R = TypeVar("R")

DEFAULT_LIMIT = 25
MAX_LIMIT = 100
MAX_CURSOR = 16_384
"""A cursor holds the sort value of a row. A name of 160 letters can have 18 times as many when it is folded."""


class Sort(msgspec.Struct, frozen=True):
    """A column that sorts a list. `kind` is the Python type of its values in a cursor.

    `join` follows the table in the FROM clause, where the column is computed from other tables.
    """

    column: str
    kind: type[Any]
    join: str = ""


class Page(msgspec.Struct, Generic[R], frozen=True):
    """Without `total_exact`, `total` is the planner's estimate of more than 10,000."""

    data: list[R]
    next_cursor: str | None
    total: int
    total_exact: bool
    prev_cursor: str | None = None


class Where:
    """Conditions of a WHERE clause, and their values as numbered parameters.

    A search sets `total` if it knows how many rows match, `counted` if other conditions count the same rows faster, and
    `latest` if it finds the newest rows faster than all.
    """

    def __init__(self, conditions: Iterable[str] = (), values: Iterable[Any] = ()) -> None:
        self.conditions = list(conditions)
        self.values = list(values)
        self.total: Total | None = None
        self.counted: Where | None = None
        self.latest: Latest | None = None

    def add(self, condition: str, *values: Any) -> None:
        """Add a condition with `{}` for each value, such as `add("status = ANY({})", ["new"])`."""
        self.conditions.append(condition.format(*map(self.mark, values)))

    def add_given(self, filters: object, conditions: Mapping[str, str]) -> None:
        """Add the condition of each filter that has a value, such as `{"kind": "kind = ANY({})"}`."""
        for name, condition in conditions.items():
            if (value := getattr(filters, name)) not in (None, "", [], ()):
                self.add(condition, value)

    def mark(self, value: Any) -> str:
        self.values.append(value)
        return f"${len(self.values)}"

    def __str__(self) -> str:
        return " AND ".join(self.conditions) or "true"


class Latest(msgspec.Struct, frozen=True):
    """Finds the newest of many rows by `column`, a time: `before` gives ever longer periods that end there."""

    column: str
    before: Callable[[datetime], list[Where]]


class Listing(msgspec.Struct, Generic[R], frozen=True, kw_only=True):
    """How one table is listed. `columns` are in the order of the arguments of `build`."""

    table: str
    columns: str
    build: Callable[..., R]
    sorts: Mapping[str, Sort]
    default: str
    totals: Totals

    async def page(
        self, connection: Connection, where: Where, *, sort: str = "", limit: int = DEFAULT_LIMIT, cursor: str = ""
    ) -> Page[R]:
        """The matching rows after the cursor, or before a `prev_cursor`. `-` before a sort means descending.

        Raises `ValidationError`.
        """
        sort = sort or self.default
        chosen = self.sorts.get(sort.removeprefix("-"))
        if chosen is None:
            names = ", ".join(sorted(self.sorts))
            raise ValidationError([FieldError("sort", f"Sort by one of: {names}; put - before it for descending.")])
        column, kind, descending = chosen.column, chosen.kind, sort.startswith("-")
        counted = (str(where), tuple(where.values))
        place, backward = _read_cursor(cursor, sort, kind) if cursor else (None, False)
        direction, beyond = ("DESC", "<") if descending != backward else ("ASC", ">")
        tries = [where]
        if where.latest is not None and descending and not backward and where.latest.column == column:
            tries = [*where.latest.before(place[0] if place else clock.now()), where]
        rows: list[Any] = []
        for found in tries:
            keyset = Where(found.conditions, found.values)
            if place:
                keyset.add(f"({column}, id) {beyond} ({{}}, {{}})", *place)
            rows = await connection.fetch(
                f"SELECT {self.columns}, {column} AS sort_value, id AS sort_id, pg_current_snapshot()::text AS seen\n"
                f"FROM {self.table}{chosen.join}\n"
                f"WHERE {keyset}\n"
                f"ORDER BY {column} {direction}, id {direction}\n"
                f"LIMIT {keyset.mark(limit + 1)}",
                *keyset.values,
            )
            if len(rows) > limit:
                break
        if backward and len(rows) <= limit:
            return await self.page(connection, where, sort=sort, limit=limit)
        if not cursor and len(rows) <= limit:
            total = Total(len(rows), exact=True)
        elif where.total is not None:
            total = where.total
        else:
            seen = rows[0]["seen"] if rows else ""
            total = await self.totals.of(connection, self.table, counted, where.counted or where, seen)
        shown = rows[:limit][::-1] if backward else rows[:limit]
        return Page(
            data=[self.build(*tuple(row)[:-3]) for row in shown],
            next_cursor=_write_cursor(sort, shown[-1]) if len(rows) > limit or backward else None,
            total=total.number,
            total_exact=total.exact,
            prev_cursor=_write_cursor(f"<{sort}", shown[0]) if cursor and shown else None,
        )


def _write_cursor(sort: str, row: Any) -> str:
    value = row["sort_value"]
    text = value.isoformat() if isinstance(value, date | datetime) else str(value)
    return base64.urlsafe_b64encode(msgspec.json.encode([sort, text, row["sort_id"]])).decode().rstrip("=")


def _read_cursor(cursor: str, sort: str, kind: type[Any]) -> tuple[tuple[Any, int], bool]:
    """The sort value and id of a cursor, and whether it asks for the rows before them."""
    try:
        raw = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
        said, text, number = msgspec.json.decode(raw, type=tuple[str, str, int])
        backward = said.startswith("<")
        if said.removeprefix("<") != sort or not 0 < number < 2**63 or "\x00" in text:
            raise ValueError(cursor)
        value = Decimal(text) if kind is Decimal else msgspec.convert(text, kind, strict=False)
        if isinstance(value, Decimal) and not value.is_finite():
            raise ValueError(cursor)
    except (ValueError, ArithmeticError, binascii.Error, msgspec.MsgspecError) as error:
        message = "This cursor is not from this list and sort. Start again without it."
        raise ValidationError([FieldError("cursor", message)]) from error
    return (value, number), backward
