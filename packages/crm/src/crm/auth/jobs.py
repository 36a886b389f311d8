"""What is tidied away by the clock."""

from __future__ import annotations

from typing import Any

from crm.auth import sessions, throttle
from crm.kernel import clock
from crm.kernel.house import House


async def tidy_sign_ins(house: House, _: dict[str, Any]) -> None:
    """Delete sessions that have ended and sign-in failures nobody counts any more."""
    async with house.db.transaction() as connection:
        await sessions.purge(connection)
        await throttle.purge(connection, clock.now() - throttle.KEPT)
