"""What the clock does for the intake."""

from __future__ import annotations

from typing import Any

from crm import leads
from crm.intake import actions, queries
from crm.intake.process import process_submission
from crm.kernel import clock, log
from crm.kernel.app_context import AppContext

BATCH = 200
_log = log.get("intake")


async def process_stuck(context: AppContext, _: dict[str, Any]) -> None:
    """Process submissions that still wait after a while: their process ended, or a fault may have passed."""
    async with context.db.connection() as conn:
        numbers = await queries.stuck(conn, clock.now() - actions.PATIENCE, BATCH)
    for number in numbers:
        await process_submission(context.db, number)


async def purge(context: AppContext, _: dict[str, Any]) -> None:
    """Forget what was long enough in quarantine or dismissed."""
    async with context.db.transaction() as conn:
        number = await actions.purge(conn)
    if number:
        _log.info("submissions_purged", number=number)


async def forget_synthetic(context: AppContext, _: dict[str, Any]) -> None:
    """Remove test enquiries whose sender has not done so."""
    async with context.db.transaction() as conn:
        number = await leads.forget_synthetic(conn)
    if number:
        _log.warning("synthetic_left_over", number=number)
