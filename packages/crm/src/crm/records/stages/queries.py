"""The SQL of stages."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from crm.kernel import clock
from crm.kernel.db import Connection
from crm.kernel.http.paging import Sort
from crm.records.base import table
from crm.records.stages.models import Stage

ORDER = "kind = 'lost', kind = 'won', position, id"
_RANK = "(position + CASE kind WHEN 'open' THEN 0 WHEN 'won' THEN 10000 ELSE 20000 END)"
TABLE = table(
    "stage", "stages", Stage, sorts=[], default_sort="position", exists="deleted_at IS NULL",
    more_sorts={"position": Sort(_RANK, int)},
)  # fmt: skip

DELETED = msgspec.structs.replace(TABLE, exists="deleted_at IS NOT NULL")


async def list_all(connection: Connection) -> list[Stage]:
    """Every stage, the deleted ones too, in the order of the pipeline."""
    rows = await connection.fetch(f"SELECT {TABLE.columns} FROM stages ORDER BY {ORDER}")
    return [Stage(*row) for row in rows]


async def hold(connection: Connection, key: str) -> Stage | None:
    """The stage, which nobody can delete until the transaction ends."""
    row = await connection.fetchrow(
        f"SELECT {TABLE.columns} FROM stages WHERE key = $1 AND deleted_at IS NULL FOR SHARE", key
    )
    return Stage(*row) if row else None


async def lock_all(connection: Connection) -> list[Stage]:
    """Every open stage in its order, locked until the transaction ends."""
    rows = await connection.fetch(
        f"SELECT {TABLE.columns} FROM stages WHERE kind = 'open' ORDER BY position, id FOR UPDATE"
    )
    return [Stage(*row) for row in rows if row["deleted_at"] is None]


async def store_order(connection: Connection, keys: Sequence[str]) -> None:
    """Give the open stages these positions, counted from 1."""
    await connection.execute(
        """
        UPDATE stages
        SET position = placed.position, updated_at = $2, version = version + 1
        FROM unnest($1::text[]) WITH ORDINALITY AS placed (key, position)
        WHERE stages.key = placed.key AND stages.position <> placed.position
        """,
        keys, clock.now(),
    )  # fmt: skip


async def find_by_name(connection: Connection, name: str) -> Stage | None:
    """The stage with this name, in any case, if it is not deleted."""
    row = await connection.fetchrow(
        f"SELECT {TABLE.columns} FROM stages WHERE lower(name) = lower($1) AND deleted_at IS NULL", name
    )
    return Stage(*row) if row else None
