"""The job that changes many leads, batch by batch. Each batch commits by itself."""

from __future__ import annotations

from typing import Any

from crm.kernel.app_context import AppContext
from crm.workspace.bulk_changes import actions
from crm.workspace.bulk_changes.actions import JOB

__all__ = ["JOB", "run"]


async def run(context: AppContext, payload: dict[str, Any]) -> None:
    """Do what is left of the change, or of its undo."""
    while await actions.run_batch(context, payload["id"]):
        pass
