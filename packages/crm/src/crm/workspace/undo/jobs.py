"""The scheduled job of change sets."""

from __future__ import annotations

from typing import Any

from crm.kernel import clock
from crm.kernel.app_context import AppContext
from crm.records import change_sets


async def delete_old(context: AppContext, _: dict[str, Any]) -> None:
    """Delete the change sets that can no longer be undone."""
    async with context.db.transaction() as conn:
        await change_sets.delete_before(conn, clock.now() - change_sets.UNDO_PERIOD)
