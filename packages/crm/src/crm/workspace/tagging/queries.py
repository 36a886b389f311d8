"""The SQL of the page of tags."""

from __future__ import annotations

from crm.kernel.db import Connection
from crm.records.tags import TagSet

_TABLES = ("leads", "contacts", "companies")


async def count_tagged(connection: Connection, known: TagSet) -> dict[int, dict[str, int]]:
    """How many leads, contacts and companies have each tag, as the lists count them."""
    pairs = [(tag.id, held) for tag in known.every for held in known.expand([tag.id])]
    counts: dict[int, dict[str, int]] = {tag.id: {} for tag in known.every}
    parts = [
        f"""
        SELECT '{table}' AS kind, held.tag_id, count(DISTINCT {table}.id) AS number
        FROM {table}
        CROSS JOIN unnest(tag_ids) AS one
        JOIN unnest($1::bigint[], $2::bigint[]) AS held (tag_id, id) ON held.id = one
        WHERE tag_ids <> '{{}}'{" AND NOT synthetic" if table == "leads" else ""}
        GROUP BY held.tag_id
        """
        for table in _TABLES
    ]
    rows = await connection.fetch("UNION ALL".join(parts), [tag_id for tag_id, _ in pairs], [held for _, held in pairs])
    for row in rows:
        counts[row["tag_id"]][row["kind"]] = row["number"]
    return counts
