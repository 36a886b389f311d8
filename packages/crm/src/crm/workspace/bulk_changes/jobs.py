"""The job that changes many records, batch by batch. Each batch commits by itself."""

from __future__ import annotations

from typing import Any

from crm.kernel.app_context import AppContext
from crm.workspace.bulk_changes import actions
from crm.workspace.bulk_changes.actions import JOB, Apply

__all__ = ["JOB", "run", "run_rows"]


async def run(context: AppContext, payload: dict[str, Any]) -> None:
    """Do what is left of the change."""
    await run_rows(context, payload["id"], actions.change_records)


async def run_rows(context: AppContext, change_id: int, apply: Apply) -> None:
    """Let `apply` do what is left of the change."""
    while await actions.run_batch(context, change_id, apply):
        pass
