"""What the clock does with the trash."""

from __future__ import annotations

from typing import Any

from crm.kernel import log
from crm.kernel.app_context import AppContext
from crm.trash import actions

_log = log.get("trash")


async def empty(context: AppContext, _: dict[str, Any]) -> None:
    """End for good what was deleted thirty days ago."""
    async with context.db.transaction() as conn:
        number = await actions.forget_old(conn)
    if number:
        _log.info("trash_emptied", number=number)
