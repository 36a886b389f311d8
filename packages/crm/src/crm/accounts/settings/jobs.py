"""Deletes what the settings keep for a time only."""

from __future__ import annotations

from typing import Any

from crm.accounts import audit
from crm.accounts.settings import actions
from crm.kernel.app_context import AppContext


async def delete_old_audit_entries(context: AppContext, _: dict[str, Any]) -> None:
    """Delete the audit entries that are older than the setting."""
    async with context.db.transaction() as connection:
        await audit.delete_old(connection, (await actions.read(connection)).audit_days)
