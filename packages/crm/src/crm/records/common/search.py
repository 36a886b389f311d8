"""Narrows a list of records to those that match a search text. The table `search_<table>` holds the words of each.

A rare word is found through the GIN index. For a common word (`a`, `gmail`) collecting all matches takes seconds at
a million rows, so the rows are read in the order of the list until a page is full. The planner guesses wrong about
beginnings of words, so we choose: a sample tells how many rows match, and each query allows only one plan.

The index also holds the month of each lead. A long list sorted by date first searches the last months, which nearly
always fill the page. `docs/decisions/0028-search.md` has the reasons.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from datetime import UTC, datetime

import msgspec

from crm.kernel.db import Connection
from crm.kernel.http.list_totals import EXACT_BELOW, Total
from crm.kernel.http.paging import Latest, Where
from crm.records.common.search_parser import parse_search

SAMPLE = 1000  # rows; of a large table four times the square root of its rows
LONG = 50_000  # rows from which on the last months are searched first
MONTHS = (2, 12)  # the periods that are searched before the whole list
GOLDEN = "0.61803398874989485"  # multiples of the golden ratio spread evenly over the ids
MANY = 2 * EXACT_BELOW
KEEP_S = 300.0
KEPT = 512


class Spread(msgspec.Struct, frozen=True):
    """The number of rows and of matching rows, as estimated from a sample."""

    rows: float
    matching: float

    @property
    def common(self) -> bool:
        """Whether reading in order is faster. At a million rows n, both take as long for 2.5 times sqrt(n) matches."""
        return self.matching > max(100.0, 2.5 * math.sqrt(self.rows))


class Search:
    """Searches one table. Samples are kept for `KEEP_S` seconds."""

    def __init__(self, table: str, *, dated: str = "", long: int = LONG, always: str = "") -> None:
        """`dated` is the column whose month the index holds; empty if it holds none.

        `always` is the condition that every list of the table has, if it leaves out next to nothing.
        """
        self._always = [always] if always else []
        self._long = long
        self._table = table
        self._index = f"search_{table}"
        self._dated = dated
        self._known: dict[str, tuple[float, Spread]] = {}

    async def narrow(self, connection: Connection, where: Where, text: str, *, titled: bool = False) -> None:
        """Add the condition that rows hold every word of `text`, or their titles do; without a word none matches.

        Call it after the other conditions: without any, the sample gives the total too.
        """
        where.total = where.counted = where.latest = None
        query = (await parse_search(connection, text)).build_filter(titled=titled)
        if not query:
            where.add("false")
            return
        spread = await self._spread(connection, query)
        if spread.common:
            alone, many = where.conditions in ([], self._always), spread.matching > MANY
            if alone and many:
                where.total = Total(round(spread.matching), exact=False)
            mark = where.mark(query)
            if not many:
                # The index counts these few faster than reading the whole table.
                where.counted = Where([*where.conditions, self._among(f"{mark}::tsquery")], where.values)
            # A subquery for each row prevents the GIN index, and CASE looks likely to the planner, so it reads rows in
            # the order of the list.
            where.conditions.append(
                f"CASE WHEN (SELECT words @@ {mark}::tsquery FROM {self._index} AS indexed "  # noqa: S608
                f"WHERE indexed.id = {self._table}.id) THEN true ELSE false END"
            )
        else:
            if self._dated and spread.rows >= self._long:
                where.latest = Latest(self._dated, self._window(where, query))
            where.add(self._among("{}::tsquery"), query)

    def _among(self, query: str) -> str:
        return f"id = ANY (ARRAY(SELECT id FROM {self._index} WHERE words @@ {query}))"  # noqa: S608

    def _window(self, where: Where, query: str) -> Callable[[datetime], list[Where]]:
        conditions, values = tuple(where.conditions), tuple(where.values)

        def before(end: datetime) -> list[Where]:
            windows = []
            for months in MONTHS:
                window = Where(conditions, values)
                window.add(self._among("({}::tsquery && {}::tsquery)"), query, _months(end, months))
                windows.append(window)
            return windows

        return before

    async def _spread(self, connection: Connection, query: str) -> Spread:
        moment = time.monotonic()
        kept = self._known.get(query)
        if kept is not None and moment - kept[0] < KEEP_S:
            return kept[1]
        spread = await self._sample(connection, query)
        if len(self._known) >= KEPT:
            self._known.clear()
        self._known[query] = (moment, spread)
        return spread

    async def _sample(self, connection: Connection, query: str) -> Spread:
        sample = f"""
            SELECT reach, steps, count(*) AS seen, count(*) FILTER (WHERE words @@ $1::tsquery) AS matching
            FROM (
                SELECT min(id) AS least, max(id) - min(id) + 1 AS reach,
                       greatest($2, 4 * sqrt(max(id) - min(id)))::integer AS steps
                FROM {self._index}
            ) AS ends
            JOIN {self._index} ON id = ANY (
                ARRAY(
                    SELECT least + floor((step * {GOLDEN} % 1) * reach)::bigint
                    FROM generate_series(1, steps) AS step
                )
            )
            GROUP BY reach, steps
        """  # noqa: S608 a constant table
        row = await connection.fetchrow(sample, query, SAMPLE)
        if row is None:
            return Spread(0, 0)
        # Of the numbers asked for, the share that is there tells how many rows there are.
        asked = min(row["reach"], row["steps"])
        rows = row["reach"] * row["seen"] / asked
        return Spread(rows, rows * row["matching"] / row["seen"])


def _months(end: datetime, number: int) -> str:
    """The tsquery of `number` months up to that of `end`, and the one after in case a clock is fast."""
    at = end.astimezone(UTC)
    last = at.year * 12 + at.month
    words = (f"'@m{month // 12 * 100 + month % 12 + 1}'" for month in range(last, last - number - 1, -1))
    return " | ".join(words)
