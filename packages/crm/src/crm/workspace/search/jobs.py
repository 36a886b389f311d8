"""The scheduled job of the search."""

from __future__ import annotations

from typing import Any

from crm.kernel.app_context import AppContext
from crm.workspace.search import queries

BATCH = 500


async def index_pending(context: AppContext, _: dict[str, Any]) -> None:
    """Index the records that wait for it. Each batch commits by itself, so an interrupted run goes on later."""
    indexed = BATCH
    while indexed == BATCH:
        async with context.db.transaction() as conn:
            indexed = await queries.index_pending(conn, BATCH)
