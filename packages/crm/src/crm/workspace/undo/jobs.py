"""The jobs of change sets."""

from __future__ import annotations

from typing import Any

from crm.kernel import clock
from crm.kernel.app_context import AppContext
from crm.records import change_sets
from crm.workspace import bulk_changes
from crm.workspace.undo.actions import JOB, undo_rows

__all__ = ["JOB", "delete_old", "run"]


async def delete_old(context: AppContext, _: dict[str, Any]) -> None:
    """Delete the change sets that can no longer be undone."""
    async with context.db.transaction() as conn:
        await change_sets.delete_before(conn, clock.now() - change_sets.UNDO_PERIOD)


async def run(context: AppContext, payload: dict[str, Any]) -> None:
    """Do what is left of the undo of a large change set."""
    await bulk_changes.run_rows(context, payload["id"], undo_rows)
