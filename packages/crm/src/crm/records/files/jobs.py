"""The recurring jobs of files. All are safe to run twice, and at once."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from crm.kernel import clock, log
from crm.kernel.app_context import AppContext
from crm.records.files import object_store, queries, storage

RETRY_AFTER = timedelta(minutes=10)
"""When a move that did not end is tried again."""
PARTS_KEPT = timedelta(hours=1)
"""How long the parts of moved content stay for those who are reading them."""
_log = log.get("files")


async def remove_unused(context: AppContext, _: dict[str, Any]) -> None:
    """Delete content that no file uses: of uploads that broke off, and of deleted files that cannot come back."""
    now = clock.now()
    async with context.db.transaction() as conn:
        deleted = await queries.delete_unused(conn, now)
        moved = await queries.list_unused_moved(conn, now, now - RETRY_AFTER)
    for content_id, key in moved:
        # The row goes last: after a crash the next run finds it, and deletes what is left.
        await object_store.delete(context, key)
        async with context.db.transaction() as conn:
            await queries.delete_content(conn, content_id)
    if deleted or moved:
        _log.info("file_contents_removed", number=deleted + len(moved))


async def move_to_store(context: AppContext, _: dict[str, Any]) -> None:
    """Move the content of files from the database to the object store, if FILES_URL names one."""
    if not context.config.files_url:
        return
    number = 0
    while claimed := await _claim(context):
        content_id, key = claimed
        await object_store.put(context, key, storage.read_parts(context.db, content_id))
        async with context.db.transaction() as conn:
            await queries.mark_moved(conn, content_id, clock.now())
        number += 1
    async with context.db.transaction() as conn:
        await queries.delete_moved_parts(conn, clock.now() - PARTS_KEPT)
    if number:
        _log.info("file_contents_moved", number=number)


async def _claim(context: AppContext) -> tuple[int, str] | None:
    now = clock.now()
    async with context.db.transaction() as conn:
        return await queries.claim_to_move(conn, now, now - RETRY_AFTER)
