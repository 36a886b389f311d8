"""What the worker does for imports, batch by batch. Each batch commits by itself."""

from __future__ import annotations

from typing import Any

from crm.kernel import change_set, events
from crm.kernel.app_context import AppContext
from crm.workspace.imports import actions, queries
from crm.workspace.imports.actions import JOB

__all__ = ["JOB", "delete_old", "run"]


async def run(context: AppContext, payload: dict[str, Any]) -> None:
    """Do what is left of the check, the import, or its undo.

    Nobody is notified unless the import says so. It is no change set, because the import itself can be undone.
    """
    async with context.db.connection() as conn:
        imported = await queries.find(conn, payload["id"])
    unrecorded = change_set.current.set(None)
    muted = events.muted.set(imported is not None and not imported.notify)
    try:
        while await actions.run_next_rows(context, payload["id"]):
            pass
    finally:
        events.muted.reset(muted)
        change_set.current.reset(unrecorded)


async def delete_old(context: AppContext, _: dict[str, Any]) -> None:
    """Delete the imports that can no longer be undone, and files that nobody has imported."""
    async with context.db.transaction() as conn:
        await queries.delete_old(conn)
