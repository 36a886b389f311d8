"""The statements that the service sends while it answers one request."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx


async def list_statements(client: httpx.AsyncClient, url: str) -> list[str]:
    """What opening `url` sends to the database. The service must be idle, so that it uses one connection again."""
    service: Any = client._transport
    sent: list[str] = []

    def keep(record: Any) -> None:
        sent.append(record.query)

    async with service.app.state.app_context.db.connection() as connection:
        connection.add_query_logger(keep)
    try:
        page = await client.get(url)
        assert page.status_code == 200, url
        await asyncio.sleep(0)  # The log gets the last statement in the loop's next round.
    finally:
        async with service.app.state.app_context.db.connection() as connection:
            connection.remove_query_logger(keep)
    assert sent, "Another connection was used, so nothing was seen."
    return sent
