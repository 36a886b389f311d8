"""Full-text search: every word a person types is the beginning of a word in the row, whatever its case and accents.

A rare word is found through the GIN index. A common one (`a`, `gmail`) matches so many rows that collecting them all,
only to show the newest 25, would take seconds at a million rows; there the rows are walked in the order of the list
instead, and a page is full after a few hundred. Left alone, the planner decides that for a statement whose values it
has not seen, and a wrong guess costs a walk through the whole table; so the choice is made here, by the planner's
estimate for the very words, and each way is written so that only it is possible.
"""

from __future__ import annotations

import math
import time
import unicodedata
from collections import OrderedDict

import msgspec

from crm.kernel.db import Connection
from crm.kernel.http.paging import Where

MOST_WORDS = 12
KEEP_S = 300.0
KEPT = 512


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
    if not parts:
        return ""
    every = " & ".join(f"'{part}':*" for part in parts[:MOST_WORDS])
    whole = word.replace("\\", "").replace("'", "")
    return every if [whole] == parts else f"({every} | '{whole}':*)"


def _counts(letter: str) -> bool:
    return unicodedata.category(letter)[0] in "LMN"


class Search:
    """How one table with a `search` column is searched. It remembers which words are common, so one for a process."""

    def __init__(self, table: str) -> None:
        self._table = table
        self._common: OrderedDict[str, tuple[float, bool]] = OrderedDict()

    async def narrow(self, connection: Connection, where: Where, words: str) -> None:
        """Let only rows pass that hold every word of `words`; text without a single word matches nothing."""
        query = query_of(words)
        if not query:
            where.add("false")
        elif await self._is_common(connection, query):
            # IS TRUE keeps the GIN index out: the rows are walked in the list's order and each is looked at.
            where.add("(search @@ fold({})::tsquery) IS TRUE", query)
        else:
            found = f"SELECT id FROM {self._table} WHERE search @@ fold({{}})::tsquery"  # noqa: S608 a constant table
            where.add(f"id = ANY (ARRAY({found}))", query)

    async def _is_common(self, connection: Connection, query: str) -> bool:
        moment = time.monotonic()
        kept = self._common.get(query)
        if kept is not None and moment - kept[0] < KEEP_S:
            return kept[1]
        common = await self._estimate(connection, query)
        self._common[query] = (moment, common)
        self._common.move_to_end(query)
        while len(self._common) > KEPT:
            self._common.popitem(last=False)
        return common

    async def _estimate(self, connection: Connection, query: str) -> bool:
        # With n rows of which m match, the index takes some m steps and the walk 25 * n / m: they meet near √n.
        asked = f"SELECT 1 FROM {self._table} WHERE search @@ fold($1)::tsquery"  # noqa: S608 a constant table
        plan = await connection.fetchval(f"EXPLAIN (FORMAT json) {asked}", query)
        matching = (msgspec.json.decode(plan) if isinstance(plan, str) else plan)[0]["Plan"]["Plan Rows"]
        rows = await connection.fetchval("SELECT reltuples FROM pg_class WHERE oid = $1::regclass", self._table)
        return bool(matching > max(100.0, math.sqrt(10 * max(rows, 0.0))))
