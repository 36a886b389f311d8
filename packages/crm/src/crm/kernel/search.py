"""Full-text search: every word a person types is the beginning of a word in the row, whatever its case and accents.

A rare word is found through the GIN index. A common one (`a`, `gmail`) matches so many rows that collecting them all,
only to show the newest 25, would take seconds at a million rows; there the rows are walked in the order of the list
instead, and a page is full after a few thousand at most. Left alone, the planner decides that for a statement whose
values it has not seen, and its estimate of a prefix is often a constant; a wrong guess costs a walk through the whole
table. So the choice is made here, from how many rows of a sample spread over the table match, and each way is written
so that only it is possible.

Where the index also knows the month of each row, a long list sorted by its date is first asked for the last months
alone: they fill the page nearly always, and the index then gives a few dozen rows instead of thousands.
"""

from __future__ import annotations

import math
import time
import unicodedata
from collections import OrderedDict
from collections.abc import Callable
from datetime import UTC, datetime

import msgspec

from crm.kernel.db import Connection
from crm.kernel.http.paging import Latest, Where
from crm.kernel.http.totals import EXACT_BELOW, Total

MOST_WORDS = 12
SAMPLE = 1000
"""So many rows of a table are looked at, and more of a big one: four times the root of its rows."""
LONG = 50_000
"""From this many rows on, the last months are asked first."""
MONTHS = (2, 12)
"""The windows that are tried before the whole list, in months."""
GOLDEN = "0.61803398874989485"
"""Multiples of the golden ratio fall evenly over the ids and in step with nothing that may lie in their order."""
MANY = 2 * EXACT_BELOW
KEEP_S = 300.0
KEPT = 512
ACCENTS = "".join(map(chr, range(0x300, 0x370)))


def query_of(words: str) -> str:
    """`words` as the text of a tsquery that is still to be folded: `Zoë acme.io` gives
    `'Zoë':* & ('acme':* & 'io':* | 'acme.io':*)`. Empty when there is no word in it.

    Only letters, marks and digits count, so quotes and operators are nothing but gaps between words. A word with such a
    gap is also looked for whole, because the index keeps host names and decimal numbers in one piece.
    """
    typed = unicodedata.normalize("NFKC", words).split()
    return " & ".join(said for said in map(_said, typed[:MOST_WORDS]) if said)


def _said(word: str) -> str:
    parts = "".join(letter if _counts(letter) else " " for letter in word).split()
    # Folding takes these accents away, and of a word made of nothing else it would leave nothing.
    parts = [part for part in parts if part.strip(ACCENTS)]
    if not parts:
        return ""
    every = " & ".join(f"'{part}':*" for part in parts[:MOST_WORDS])
    whole = word.replace("\\", "").replace("'", "")
    return every if [whole] == parts else f"({every} | '{whole}':*)"


def _counts(letter: str) -> bool:
    return unicodedata.category(letter)[0] in "LMN"


class Spread(msgspec.Struct, frozen=True):
    """How many rows there are, and how many of them match, as far as a sample can tell."""

    rows: float
    matching: float

    @property
    def common(self) -> bool:
        """With n rows of which m match, the index takes some m steps and the walk 25 * n / m, each four times cheaper:
        measured at a million rows they are even where m is 2.5 times the root of n."""
        return self.matching > max(100.0, 2.5 * math.sqrt(self.rows))


class Search:
    """How one table with a `search` column is searched. It remembers which words are common, so one for a process."""

    def __init__(self, table: str, *, dated: str = "", long: int = LONG) -> None:
        """`dated` is the column whose month the index knows beside the words; empty when it knows none. From `long`
        rows on, the last months are asked first."""
        self._long = long
        self._table = table
        self._dated = dated
        self._haystack = f"dated(search, {dated})" if dated else "search"
        self._known: OrderedDict[str, tuple[float, Spread]] = OrderedDict()

    async def narrow(self, connection: Connection, where: Where, words: str) -> None:
        """Let only rows pass that hold every word of `words`; text without a single word matches nothing. Call it
        after the other conditions, because only then it knows whether the sample tells the total too."""
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
                # Few enough to be counted through the index, where the walk would have to see the whole table.
                where.counted = Where()
                where.counted.conditions = [*where.conditions, f"{self._haystack} @@ fold({mark})::tsquery"]
                where.counted.values = where.values
            # CASE keeps the GIN index out and looks likely to the planner, so it walks rows in the list's order. The
            # subquery is worked out once, not for each row.
            where.conditions.append(f"CASE WHEN search @@ (SELECT fold({mark})::tsquery) THEN true ELSE false END")
        else:
            if self._dated and spread.rows >= self._long:
                where.latest = Latest(self._dated, self._window(where, query))
            where.add(self._among("fold({})::tsquery"), query)

    def _among(self, query: str) -> str:
        return f"id = ANY (ARRAY(SELECT id FROM {self._table} WHERE {self._haystack} @@ {query}))"  # noqa: S608

    def _window(self, where: Where, query: str) -> Callable[[datetime], list[Where]]:
        conditions, values = list(where.conditions), list(where.values)

        def before(end: datetime) -> list[Where]:
            windows = []
            for months in MONTHS:
                window = Where()
                window.conditions, window.values = list(conditions), list(values)
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
        self._known[query] = (moment, spread)
        self._known.move_to_end(query)
        while len(self._known) > KEPT:
            self._known.popitem(last=False)
        return spread

    async def _sample(self, connection: Connection, query: str) -> Spread:
        ids = f"SELECT min(id) AS least, max(id) AS most FROM {self._table}"  # noqa: S608 a constant table
        spread = f"""
            SELECT ends.most - ends.least + 1 AS reach, count(*) AS seen,
                   greatest($2, 4 * sqrt(ends.most - ends.least))::integer AS steps,
                   count(*) FILTER (WHERE search @@ fold($1)::tsquery) AS matching
            FROM ({ids}) AS ends
            JOIN {self._table} ON id = ANY (
                ARRAY(
                    SELECT ends.least + floor((step * {GOLDEN} % 1) * (ends.most - ends.least + 1))::bigint
                    FROM generate_series(1, greatest($2, 4 * sqrt(ends.most - ends.least))::integer) AS step
                )
            )
            GROUP BY reach, steps
        """  # noqa: S608 a constant table
        row = await connection.fetchrow(spread, query, SAMPLE)
        if row is None:
            return Spread(0, 0)
        # Of the numbers asked for, the share that is there tells how many rows there are.
        asked = min(row["reach"], row["steps"])
        rows = row["reach"] * row["seen"] / asked
        return Spread(rows, rows * row["matching"] / row["seen"])


def _months(end: datetime, number: int) -> str:
    """The tsquery of the `number` months up to that of `end`, and the one after, where a clock may have run ahead."""
    at = end.astimezone(UTC)
    last = at.year * 12 + at.month
    words = (f"'@@{month // 12 * 100 + month % 12 + 1}'" for month in range(last, last - number - 1, -1))
    return " | ".join(words)
