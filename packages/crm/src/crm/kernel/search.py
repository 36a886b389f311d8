"""Full-text search: each word matches the beginning of a word in the row, regardless of case and accents.

A rare word is found through the GIN index. For a common word (`a`, `gmail`) collecting all matches takes seconds at
a million rows, so the rows are read in the order of the list until a page is full. The planner guesses wrong about
prefixes, so we choose: a sample of the table tells how many rows match, and each query allows only one plan.

The index also holds the month of each row. A long list sorted by date first searches the last months, which nearly
always fill the page. `docs/decisions/0026-starlette.md` has the measurements of both.
"""

from __future__ import annotations

import math
import time
import unicodedata
from collections.abc import Callable
from datetime import UTC, datetime

import msgspec

from crm.kernel.db import Connection
from crm.kernel.http.list_totals import EXACT_BELOW, Total
from crm.kernel.http.paging import Latest, Where

MOST_WORDS = 12
SAMPLE = 1000  # rows; of a large table four times the square root of its rows
LONG = 50_000  # rows from which on the last months are searched first
MONTHS = (2, 12)  # the periods that are searched before the whole list
GOLDEN = "0.61803398874989485"  # multiples of the golden ratio spread evenly over the ids
MANY = 2 * EXACT_BELOW
KEEP_S = 300.0
KEPT = 512
ACCENTS = "".join(map(chr, range(0x300, 0x370)))


def query_of(words: str) -> str:
    """`words` as the text of a tsquery before folding; empty if it holds no word.

    `Zoë acme.io` gives `'Zoë':* & ('acme':* & 'io':* | 'acme.io':*)`. Only letters, marks and digits count. A word with
    anything else inside is also searched as a whole, because the index keeps host names and decimal numbers whole.
    """
    typed = unicodedata.normalize("NFKC", words).split()
    return " & ".join(filter(None, map(_prefixes, typed[:MOST_WORDS])))


def _prefixes(word: str) -> str:
    parts = "".join(letter if unicodedata.category(letter)[0] in "LMN" else " " for letter in word).split()
    # Folding removes these accents, so a word of nothing else would become empty.
    parts = [part for part in parts if part.strip(ACCENTS)]
    if not parts:
        return ""
    every = " & ".join(f"'{part}':*" for part in parts[:MOST_WORDS])
    whole = word.replace("\\", "").replace("'", "")
    return every if [whole] == parts else f"({every} | '{whole}':*)"


class Spread(msgspec.Struct, frozen=True):
    """The number of rows and of matching rows, as estimated from a sample."""

    rows: float
    matching: float

    @property
    def common(self) -> bool:
        """Whether reading in order is faster. At a million rows n, both take as long for 2.5 times sqrt(n) matches."""
        return self.matching > max(100.0, 2.5 * math.sqrt(self.rows))


class Search:
    """Searches one table with a `search` column. Samples are kept for `KEEP_S` seconds."""

    def __init__(self, table: str, *, dated: str = "", long: int = LONG) -> None:
        """`dated` is the column whose month the index holds; empty if it holds none."""
        self._long = long
        self._table = table
        self._dated = dated
        self._haystack = f"dated(search, {dated})" if dated else "search"
        self._known: dict[str, tuple[float, Spread]] = {}

    async def narrow(self, connection: Connection, where: Where, words: str) -> None:
        """Add the condition that rows hold every word of `words`; text without a word matches nothing.

        Call it after the other conditions: without any, the sample gives the total too.
        """
        query = query_of(words)
        if not query:
            where.add("false")
            return
        spread = await self._spread(connection, query)
        if spread.common:
            alone, many = not where.conditions, spread.matching > MANY
            if alone and many:
                where.total = Total(round(spread.matching), exact=False)
            mark = where.mark(query)
            if not many:
                # The index counts these few faster than reading the whole table.
                where.counted = Where([*where.conditions, f"{self._haystack} @@ fold({mark})::tsquery"], where.values)
            # CASE prevents the GIN index and looks likely to the planner, so it reads rows in the order of the list.
            # The subquery runs once, not for each row.
            where.conditions.append(f"CASE WHEN search @@ (SELECT fold({mark})::tsquery) THEN true ELSE false END")
        else:
            if self._dated and spread.rows >= self._long:
                where.latest = Latest(self._dated, self._window(where, query))
            where.add(self._among("fold({})::tsquery"), query)

    def _among(self, query: str) -> str:
        return f"id = ANY (ARRAY(SELECT id FROM {self._table} WHERE {self._haystack} @@ {query}))"  # noqa: S608

    def _window(self, where: Where, query: str) -> Callable[[datetime], list[Where]]:
        conditions, values = tuple(where.conditions), tuple(where.values)

        def before(end: datetime) -> list[Where]:
            windows = []
            for months in MONTHS:
                window = Where(conditions, values)
                window.add(self._among("(fold({})::tsquery && {}::tsquery)"), query, _months(end, months))
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
            SELECT reach, steps, count(*) AS seen, count(*) FILTER (WHERE search @@ fold($1)::tsquery) AS matching
            FROM (
                SELECT min(id) AS least, max(id) - min(id) + 1 AS reach,
                       greatest($2, 4 * sqrt(max(id) - min(id)))::integer AS steps
                FROM {self._table}
            ) AS ends
            JOIN {self._table} ON id = ANY (
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
    words = (f"'@@{month // 12 * 100 + month % 12 + 1}'" for month in range(last, last - number - 1, -1))
    return " | ".join(words)
