"""The records above and below a record, in the list it was opened from. Its URL carries that list's query."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

import msgspec

from crm.kernel.db import Connection
from crm.kernel.errors import ValidationError
from crm.kernel.http import forms
from crm.kernel.http.list_totals import EXACT_BELOW
from crm.kernel.http.paging import Sort
from crm.kernel.http.request import Request
from crm.records.base import Record


class Neighbors(msgspec.Struct, frozen=True):
    """The ids of the records above and below, and the place in the list.

    Lists of more than 10,000 records have no `total`. A record that has left the list since has no `position`.
    """

    above: int | None
    below: int | None
    position: int | None
    total: int | None


def list_query(record: Record, request: Request) -> str:
    """The query of the list, as the end of a URL; empty for all records."""
    names = {*record.filter.__struct_fields__} - {"limit", "cursor"}
    query = urlencode([(name, value) for name, value in request.asked if value and name in names])
    return f"?{query}" if query else ""


async def find_neighbors(connection: Connection, record: Record, request: Request, record_id: int) -> Neighbors:
    """The neighbors in the list that the request names, or else in the list of all records."""
    try:
        return await _find_in(connection, record, forms.parse_query(request, record.filter), record_id)
    except (ValidationError, KeyError):
        return await _find_in(connection, record, record.filter(), record_id)


async def _find_in(connection: Connection, record: Record, query: Any, record_id: int) -> Neighbors:
    table = record.table
    sort = table.sorts[(query.sort or table.default).removeprefix("-")]
    descending = (query.sort or table.default).startswith("-")
    above = await _find_nearest(connection, record, query, record_id, sort, descending=not descending)
    below = await _find_nearest(connection, record, query, record_id, sort, descending=descending)
    return Neighbors(above, below, *await _count(connection, record, query, record_id, sort, descending=descending))


async def _count(
    connection: Connection, record: Record, query: Any, record_id: int, sort: Sort, *, descending: bool
) -> tuple[int | None, int | None]:
    """The position of the record, counted from 1, and the total."""
    where = await record.build_where(connection, query)
    source = f"FROM {record.table.table}{sort.join}"
    total = await connection.fetchval(
        f"SELECT count(*) FROM (SELECT {source} WHERE {where} LIMIT {EXACT_BELOW + 1}) AS listed",  # noqa: S608
        *where.values,
    )
    if total > EXACT_BELOW:
        return None, None
    mark = where.mark(record_id)
    position, is_listed = await connection.fetchrow(
        f"""
        SELECT count(*) AS position, coalesce(bool_or(id = {mark}), false) AS is_listed
        {source}
        WHERE {where} AND {_beyond(record, sort, mark, ">=" if descending else "<=")}
        """,
        *where.values,
    )
    return position if is_listed else None, total


async def _find_nearest(
    connection: Connection, record: Record, query: Any, record_id: int, sort: Sort, *, descending: bool
) -> int | None:
    where = await record.build_where(connection, query)
    sign, order = ("<", "DESC") if descending else (">", "ASC")
    where.conditions.append(_beyond(record, sort, where.mark(record_id), sign))
    nearest: int | None = await connection.fetchval(
        f"""
        SELECT id
        FROM {record.table.table}{sort.join}
        WHERE {where}
        ORDER BY {sort.column} {order}, id {order}
        LIMIT 1
        """,  # noqa: S608 a known table and column
        *where.values,
    )
    return nearest


def _beyond(record: Record, sort: Sort, mark: str, sign: str) -> str:
    """The condition that a row stands on one side of the record."""
    value = f"(SELECT {sort.column} FROM {record.table.table}{sort.join} WHERE id = {mark})"  # noqa: S608
    return f"({sort.column}, id) {sign} ({value}, {mark})"
