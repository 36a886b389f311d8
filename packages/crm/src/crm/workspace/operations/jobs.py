"""The scheduled jobs that delete old deliveries, notifications, mails and events. What is still to be sent stays."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from crm.accounts import settings
from crm.kernel import clock
from crm.kernel.app_context import AppContext

_BATCH = 1000
_ENDED = "created_at < $1 AND state <> 'pending' AND coalesce(settled_at, created_at) < $1"
"""The condition of deliveries that ended before `$1`. The index on the time of creation finds them."""
_DELIVERED = """
    at < $1
    AND NOT EXISTS (SELECT FROM webhook_deliveries WHERE event_id = events.id)
    AND NOT EXISTS (SELECT FROM notifications WHERE event_id = events.id)
"""


async def delete_old_deliveries(context: AppContext, _: dict[str, Any]) -> None:
    """Delete old deliveries to webhooks, then the events that nothing refers to."""
    await _delete(context, webhook_deliveries=_ENDED, events=_DELIVERED)


async def delete_old_notifications(context: AppContext, _: dict[str, Any]) -> None:
    """Delete old notifications and mails."""
    await _delete(context, notifications=_ENDED, mails="created_at < $1")


async def _delete(context: AppContext, **conditions: str) -> None:
    """Delete the rows of each table that match its condition, in batches. The settings give the time `$1`.

    The time of a delivery counts from its end, so that a history is kept for as long as the settings promise.
    """
    async with context.db.connection() as connection:
        before = clock.now() - timedelta(days=(await settings.read(connection)).delivery_days)
        for table, condition in conditions.items():
            oldest = f"SELECT id FROM {table} WHERE {condition} LIMIT {_BATCH}"  # noqa: S608 our own condition
            while await connection.execute(f"DELETE FROM {table} WHERE id IN ({oldest})", before) != "DELETE 0":  # noqa: S608
                pass
