"""The way to PostgreSQL: one pool, plain SQL, transactions in the open."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, TypeAlias

import asyncpg
import msgspec

Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record] | asyncpg.pool.PoolConnectionProxy[asyncpg.Record]"

STATEMENT_TIMEOUT_MS = 10_000
LOCK_TIMEOUT_MS = 4_000
CONNECT_TIMEOUT_S = 5.0
ACQUIRE_TIMEOUT_S = 5.0

UNREACHABLE = (OSError, asyncio.TimeoutError, asyncpg.PostgresConnectionError, asyncpg.InterfaceError,
               asyncpg.InternalClientError, asyncpg.CannotConnectNowError, asyncpg.TooManyConnectionsError)  # fmt: skip
"""What is raised when the database is away, as opposed to when it says no. A connection that has been told of the end
and is not closed yet answers with `InternalClientError`."""


def _to_json(value: object) -> str:
    return msgspec.json.encode(value).decode()


async def prepare(connection: asyncpg.Connection[asyncpg.Record]) -> None:
    """Let jsonb columns read and write plain Python values."""
    await connection.set_type_codec(
        "jsonb", schema="pg_catalog", encoder=_to_json, decoder=msgspec.json.decode, format="text"
    )


def settings(name: str) -> dict[str, str]:
    """Server settings of every connection: nothing runs or waits for ever, and all times are UTC."""
    return {
        "application_name": name,
        "timezone": "UTC",
        "statement_timeout": str(STATEMENT_TIMEOUT_MS),
        "lock_timeout": str(LOCK_TIMEOUT_MS),
        "idle_in_transaction_session_timeout": "30000",
        # Short statements by the thousand: compiling them would cost more than it saves.
        "jit": "off",
    }


async def connect(url: str, name: str = "crm") -> asyncpg.Connection[asyncpg.Record]:
    """One connection of its own, for listeners and commands. Raises one of `UNREACHABLE`."""
    connection = await asyncpg.connect(url, timeout=CONNECT_TIMEOUT_S, server_settings=settings(name))
    await prepare(connection)
    return connection


class Database:
    """A pool that opens on first need, so that a service can start, and say it is unhealthy, without a database."""

    def __init__(self, url: str, size: int, name: str = "crm") -> None:
        self._url = url
        self._size = size
        self._name = name
        self._pool: asyncpg.Pool[asyncpg.Record] | None = None
        self._opening = asyncio.Lock()

    @property
    def url(self) -> str:
        return self._url

    async def pool(self) -> asyncpg.Pool[asyncpg.Record]:
        if self._pool is None:
            async with self._opening:
                if self._pool is None:
                    self._pool = await asyncpg.create_pool(
                        self._url,
                        min_size=1,
                        max_size=self._size,
                        timeout=CONNECT_TIMEOUT_S,
                        command_timeout=STATEMENT_TIMEOUT_MS / 1000 + 2,
                        max_inactive_connection_lifetime=120,
                        server_settings=settings(self._name),
                        init=prepare,
                        # Nothing that must be undone is ever set on a session, so the round trip that resets
                        # one on release is left out.
                        reset=_keep,
                    )
        return self._pool

    async def close(self) -> None:
        if self._pool is not None:
            pool, self._pool = self._pool, None
            try:
                await asyncio.wait_for(pool.close(), timeout=5)
            except (TimeoutError, *UNREACHABLE):
                pool.terminate()

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[Connection]:
        """A connection for reading; each statement is its own transaction."""
        pool = self._pool or await self.pool()
        async with pool.acquire(timeout=_patience(pool)) as connection:
            yield connection

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Connection]:
        """All or nothing: commits when the block ends, rolls back when it raises."""
        pool = self._pool or await self.pool()
        async with pool.acquire(timeout=_patience(pool)) as connection, connection.transaction():
            yield connection


def _patience(pool: asyncpg.Pool[asyncpg.Record]) -> float | None:
    """How long to wait for a connection, in seconds. One that lies idle is there at once, so no timer is set."""
    return None if pool.get_idle_size() else ACQUIRE_TIMEOUT_S


async def _keep(connection: Any) -> None:
    """Leave a released connection as it is."""
