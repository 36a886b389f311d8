"""Finds records by what is written in them, best matches first."""

from __future__ import annotations

from collections.abc import Sequence

from crm.kernel.db import Connection
from crm.records.common import parse_search
from crm.workspace.search import queries
from crm.workspace.search.models import Found, Kind, Match, SearchGroup, SearchHit, SearchResult

BUCKET = 2048
"""The index marks every record with its id divided by this."""
WINDOWS = (1, 8, 64)
"""So many of the newest buckets are searched before all of a long table. A common word fills the page there."""
LONG = 8192
EXCERPT = 160


async def search(connection: Connection, text: str, *, kinds: Sequence[Kind], limit: int) -> SearchResult:
    """The best matches of each kind, at most `limit`.

    Exact words come before parts of words, and these before words with a typo. Equal matches are in order of age, the
    newest first.
    """
    found = await _rank(connection, text, kinds, limit + 1)
    groups = []
    for kind in kinds:
        ids = list(found[kind])[:limit]
        records = await queries.read_found(connection, kind, ids) if ids else {}
        hits = [_hit(each, records[each], found[kind][each], text) for each in ids if each in records]
        if hits:
            groups.append(SearchGroup(kind, hits, more=len(found[kind]) > limit))
    return SearchResult(groups)


async def _rank(connection: Connection, text: str, kinds: Sequence[Kind], wanted: int) -> dict[Kind, dict[int, Match]]:
    """The ids of each kind in order of rank, and how well each matches."""
    found: dict[Kind, dict[int, Match]] = {kind: {} for kind in kinds}
    query = await parse_search(connection, text)
    if not query.tokens:
        return found
    newest = await queries.read_newest_ids(connection, kinds)
    titled, untitled = query.list_tiers(titled=True), query.list_tiers(titled=False)
    tiers = {kind: untitled if kind == "activities" else titled for kind in kinds}
    for step in range(len(titled)):
        for buckets in (*WINDOWS, 0):
            open_kinds = [
                kind
                for kind in kinds
                if step < len(tiers[kind]) and len(found[kind]) < wanted and (newest[kind] >= LONG or not buckets)
            ]
            if not open_kinds:
                continue
            matching = await queries.match(
                connection,
                {
                    # A tier also matches what those before it have found.
                    kind: (_limit_to_newest(tiers[kind][step][1], newest[kind], buckets), wanted + len(found[kind]))
                    for kind in open_kinds
                },
            )
            for kind, record_id in matching:
                if len(found[kind]) < wanted:
                    found[kind].setdefault(record_id, tiers[kind][step][0])  # type: ignore[arg-type]
    return found


def _limit_to_newest(query: str, newest: int, buckets: int) -> str:
    """The tsquery for records of the newest buckets; 0 for all."""
    if not buckets:
        return query
    last = newest // BUCKET
    marks = " | ".join(f"'@b{bucket}'" for bucket in range(max(0, last - buckets + 1), last + 1))
    return f"({query}) & ({marks})"


def _hit(record_id: int, found: Found, match: Match, text: str) -> SearchHit:
    return SearchHit(
        id=record_id, title=found.title, detail=found.detail, excerpt=_excerpt(found.body, text), match=match,
        path=found.path, at=found.at,
    )  # fmt: skip


def _excerpt(body: str, text: str) -> str:
    """The part of `body` around the first of the words, as one line."""
    line = " ".join(body.split())
    if len(line) <= EXCERPT:
        return line
    lower = line.casefold()
    places = [place for word in text.casefold().split() if (place := lower.find(word)) >= 0]
    start = max(0, min(places, default=0) - EXCERPT // 3)
    if start:
        start = line.find(" ", start) + 1
    end = start + EXCERPT
    return f"{'… ' if start else ''}{line[start:end].rstrip()}{' …' if end < len(line) else ''}"
