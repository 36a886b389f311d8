"""The scheduled job of the trash."""

from __future__ import annotations

from typing import Any

from crm.kernel import log
from crm.kernel.app_context import AppContext
from crm.workspace.erasure import actions

_log = log.get("trash")


async def empty(context: AppContext, _: dict[str, Any]) -> None:
    """Permanently delete records that have been in the trash for 30 days."""
    async with context.db.transaction() as conn:
        deleted = await actions.delete_expired(conn)
    if deleted:
        _log.info("trash_emptied", number=deleted)
