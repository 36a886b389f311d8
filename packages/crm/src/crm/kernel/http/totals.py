"""Totals of lists: exact below 10,000, an estimate above, and counted only when something has changed.

PostgreSQL tells, beside each row, which transactions it could see (`pg_current_snapshot()`). Two statements
with the same snapshot see the same rows, so a count taken under it is still exact; reading alone never
changes it. Those who ask for the same count at once wait for the first, so that a change does not set off
as many counts as there are readers.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from typing import TYPE_CHECKING, Any

import msgspec

from crm.kernel.db import Connection

if TYPE_CHECKING:
    from crm.kernel.http.paging import Where

EXACT_BELOW = 10_000
KEPT = 512


class Total(msgspec.Struct, frozen=True):
    number: int
    exact: bool


class Totals:
    """Counts kept for as long as nobody commits a change. One for each process."""

    def __init__(self) -> None:
        self._kept: OrderedDict[Any, tuple[str, Total]] = OrderedDict()
        self._counting: dict[Any, asyncio.Lock] = {}

    async def of(self, connection: Connection, table: str, key: Any, where: Where, seen: str) -> Total:
        """How many rows of `table` match; `seen` is the snapshot the caller's rows were read under."""
        place = (table, repr(key))
        kept = self._kept.get(place)
        if kept is not None and seen and kept[0] == seen:
            return kept[1]
        lock = self._counting.setdefault(place, asyncio.Lock())
        try:
            async with lock:
                # What was counted while this one waited is as new as its own count would be.
                if (now := self._kept.get(place)) is not None and now is not kept:
                    return now[1]
                return await self._count(connection, table, place, where)
        finally:
            if not lock.locked():
                self._counting.pop(place, None)

    async def _count(self, connection: Connection, table: str, place: Any, where: Where) -> Total:
        row = await connection.fetchrow(
            f"SELECT pg_current_snapshot()::text AS seen, count(*) AS number\n"
            f"FROM (SELECT 1 FROM {table} WHERE {where} LIMIT {EXACT_BELOW + 1}) AS matching",
            *where.values,
        )
        total = Total(row["number"], exact=True)
        if total.number > EXACT_BELOW:
            total = Total(await _estimate(connection, table, where), exact=False)
        self._kept[place] = (row["seen"], total)
        self._kept.move_to_end(place)
        while len(self._kept) > KEPT:
            self._kept.popitem(last=False)
        return total


async def _estimate(connection: Connection, table: str, where: Where) -> int:
    """The planner's own guess, never below what was counted."""
    plan = await connection.fetchval(f"EXPLAIN (FORMAT json) SELECT 1 FROM {table} WHERE {where}", *where.values)
    rows = (msgspec.json.decode(plan) if isinstance(plan, str) else plan)[0]["Plan"]["Plan Rows"]
    return max(int(rows), EXACT_BELOW + 1)
