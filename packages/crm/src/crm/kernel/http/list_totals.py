"""Totals of lists: exact up to 10,000, the planner's estimate above.

A total is kept under the snapshot it was counted in (`pg_current_snapshot()`). Statements with equal snapshots see the
same rows, so a kept total is exact until somebody commits a change.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import msgspec

from crm.kernel.db import Connection

if TYPE_CHECKING:
    from crm.kernel.http.paging import Where

EXACT_BELOW = 10_000
MAX_TOTALS = 512


class Total(msgspec.Struct, frozen=True):
    number: int
    exact: bool


class Totals:
    """The totals one process has counted."""

    def __init__(self) -> None:
        self._kept: dict[Any, tuple[str, Total]] = {}
        self._counting: dict[Any, asyncio.Lock] = {}

    async def of(self, connection: Connection, table: str, key: Any, where: Where, seen: str) -> Total:
        """The number of matching rows of `table`. `seen` is the snapshot in which the caller read its rows."""
        place = (table, repr(key))
        kept = self._kept.get(place)
        if kept is not None and seen and kept[0] == seen:
            return kept[1]
        async with self._counting.setdefault(place, asyncio.Lock()):
            # A total that was counted while this request waited is recent enough.
            current = self._kept.get(place)
            if current is None or current is kept:
                current = self._kept[place] = await self._count(connection, table, where)
        if len(self._kept) > MAX_TOTALS:
            self._kept.clear()
            self._counting.clear()
        return current[1]

    async def _count(self, connection: Connection, table: str, where: Where) -> tuple[str, Total]:
        row = await connection.fetchrow(
            f"SELECT pg_current_snapshot()::text AS seen, count(*) AS number\n"
            f"FROM (SELECT 1 FROM {table} WHERE {where} LIMIT {EXACT_BELOW + 1}) AS matching",
            *where.values,
        )
        total = Total(row["number"], exact=row["number"] <= EXACT_BELOW)
        if not total.exact:
            total = Total(await _estimate(connection, table, where), exact=False)
        return row["seen"], total


async def _estimate(connection: Connection, table: str, where: Where) -> int:
    plan = await connection.fetchval(f"EXPLAIN (FORMAT json) SELECT 1 FROM {table} WHERE {where}", *where.values)
    rows = (msgspec.json.decode(plan) if isinstance(plan, str) else plan)[0]["Plan"]["Plan Rows"]
    return max(int(rows), EXACT_BELOW + 1)
