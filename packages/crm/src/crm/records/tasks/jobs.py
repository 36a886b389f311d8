"""The scheduled jobs of tasks. Both are safe to run twice."""

from __future__ import annotations

from typing import Any

from crm.kernel import clock, log
from crm.kernel.app_context import AppContext
from crm.records import trash
from crm.records.tasks import queries

BATCH = 1000
_log = log.get("tasks")


async def adopt_next_steps(context: AppContext, _: dict[str, Any]) -> None:
    """Make tasks of the next steps that leads had before there were tasks, batch by batch."""
    adopted = BATCH
    while adopted == BATCH:
        async with context.db.transaction() as conn:
            adopted = await queries.adopt_next_steps(conn, BATCH)
        if adopted:
            _log.info("next_steps_adopted", number=adopted)


async def purge(context: AppContext, _: dict[str, Any]) -> None:
    """Permanently delete the tasks that were deleted 30 days ago."""
    async with context.db.transaction() as conn:
        await queries.TABLE.delete_hidden(conn, clock.now() - trash.RETENTION)
