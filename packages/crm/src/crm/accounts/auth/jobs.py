"""The scheduled jobs of sign-in."""

from __future__ import annotations

from typing import Any

from crm.accounts import passkeys
from crm.accounts.auth import devices, sessions, throttle
from crm.kernel import clock
from crm.kernel.app_context import AppContext


async def tidy_sign_ins(context: AppContext, _: dict[str, Any]) -> None:
    """Delete ended sessions, old sign-in failures, used challenges, and browsers that were not seen for a year."""
    async with context.db.transaction() as connection:
        await sessions.purge(connection)
        await devices.purge(connection)
        await passkeys.purge_challenges(connection)
        await throttle.purge(connection, clock.now() - throttle.KEEP)
