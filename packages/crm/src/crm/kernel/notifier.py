"""Wakes workers with NOTIFY, once for all transactions since the last time.

Transactions that notify wait for each other's commit, so frequent ones must not notify themselves.
"""

from __future__ import annotations

import asyncio

import asyncpg

from crm.kernel import db
from crm.kernel.db import Database

PAUSE_S = 0.02  # the shortest time between two notices


class Notifier:
    """Sends notices in the background. One may be lost, because workers also poll."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._waiting: set[str] = set()
        self._sending: asyncio.Task[None] | None = None

    def notify(self, channel: str) -> None:
        """Notify the listeners of `channel` soon. Call it after the commit."""
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
