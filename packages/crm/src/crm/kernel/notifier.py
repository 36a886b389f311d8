"""Tells workers through PostgreSQL that there is something to do.

A transaction that notifies makes every other one that does wait for its commit, so what comes by the hundred does not
notify by itself: one notice for all that was committed since the last one is sent on its own.
"""

from __future__ import annotations

import asyncio

import asyncpg

from crm.kernel import db
from crm.kernel.db import Database

PAUSE_S = 0.02
"""At most one notice in this time; a worker that is busy hears of what came meanwhile when it is done."""


class Notifier:
    """Sends notices in the background. A lost one is made up for when workers look by themselves."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._waiting: set[str] = set()
        self._sending: asyncio.Task[None] | None = None

    def notify(self, channel: str) -> None:
        """Let those who listen to `channel` know, soon. Call it after the commit."""
        self._waiting.add(channel)
        if self._sending is None:
            self._sending = asyncio.create_task(self._send())

    async def _send(self) -> None:
        try:
            while self._waiting:
                channels, self._waiting = self._waiting, set()
                async with self._database.connection() as connection:
                    await connection.execute("SELECT pg_notify(name, '') FROM unnest($1::text[]) AS name", channels)
                await asyncio.sleep(PAUSE_S)
        except (*db.UNREACHABLE, asyncpg.PostgresError):
            self._waiting.clear()
        finally:
            self._sending = None
