"""The scheduled jobs of intake."""

from __future__ import annotations

from typing import Any

from crm.inbound.intake import actions, queries
from crm.inbound.intake.process import process_submission
from crm.kernel import clock, log
from crm.kernel.app_context import AppContext
from crm.records import leads

BATCH = 200
_log = log.get("intake")


async def process_stuck(context: AppContext, _: dict[str, Any]) -> None:
    """Process stuck submissions. Their worker may have died, or a temporary error may have passed."""
    async with context.db.connection() as conn:
        submission_ids = await queries.list_stuck(conn, clock.now() - actions.STUCK_AFTER, BATCH)
    for submission_id in submission_ids:
        await process_submission(context.db, submission_id)


async def purge(context: AppContext, _: dict[str, Any]) -> None:
    """Delete old spam and old dismissed submissions."""
    async with context.db.transaction() as conn:
        deleted = await actions.purge(conn)
    if deleted:
        _log.info("submissions_purged", number=deleted)


async def forget_synthetic(context: AppContext, _: dict[str, Any]) -> None:
    """Delete test enquiries that their sender did not delete."""
    async with context.db.transaction() as conn:
        deleted = await leads.forget_synthetic(conn)
    if deleted:
        _log.warning("synthetic_left_over", number=deleted)
