"""The scheduled job of the normal forms."""

from __future__ import annotations

from typing import Any

from crm.kernel import log
from crm.kernel.app_context import AppContext
from crm.workspace.normal_forms import actions, queries

BATCH = 500
MAX_BATCHES = 20
"""Batches of each kind in one run: about a second of work, so that a million rows take two hours."""
_log = log.get("normal_forms")


async def normalize_stored(context: AppContext, _: dict[str, Any]) -> None:
    """Normalize the next rows. Each batch commits by itself, and once all are done, this does nothing."""
    for kind in queries.COLUMNS:
        for _batch in range(MAX_BATCHES):
            async with context.db.transaction() as conn:
                progress = await actions.normalize_batch(conn, kind, BATCH)
            if progress is None:
                break
            if progress.is_finished:
                _log.info("normal_forms_finished", kind=kind, changed=progress.changed, remaining=progress.remaining)
