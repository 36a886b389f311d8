"""The index of the search is filled in the background for what was not indexed when it was written."""

from __future__ import annotations

from typing import Any

from crm.kernel.app_context import AppContext
from crm.workspace.search import queries

BATCH = 200


async def index_pending(context: AppContext, _: dict[str, Any]) -> None:
    """Index the records that wait for it. Each batch commits by itself, so an interrupted run goes on later."""
    while await index_batch(context):
        pass


async def index_batch(context: AppContext) -> bool:
    """Index some of the records that wait for it. Returns whether more may wait."""
    async with context.db.transaction() as conn:
        waiting = await queries.index_pending(conn, BATCH)
        return BATCH in (waiting, await queries.index_older_tasks(conn, BATCH))
