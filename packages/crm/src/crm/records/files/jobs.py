"""The recurring job of files."""

from __future__ import annotations

from typing import Any

from crm.kernel import clock, log
from crm.kernel.app_context import AppContext
from crm.records.files import queries

_log = log.get("files")


async def remove_unused(context: AppContext, _: dict[str, Any]) -> None:
    """Delete content that no file uses: of uploads that broke off, and of deleted files that cannot come back."""
    async with context.db.transaction() as conn:
        deleted = await queries.delete_unused(conn, clock.now())
    if deleted:
        _log.info("file_contents_removed", number=deleted)
