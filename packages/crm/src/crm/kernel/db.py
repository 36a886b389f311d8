"""The way to PostgreSQL: one pool, plain SQL, transactions in the open."""

from __future__ import annotations

import asyncio
from types import TracebackType
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
    def ready(self) -> asyncpg.Pool[asyncpg.Record] | None:
        """The pool, once it is open."""
        return self._pool

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

    def connection(self) -> Borrowed:
        """A connection for reading, within `async with`; each statement is its own transaction."""
        return Borrowed(self, transacts=False)

    def transaction(self) -> Borrowed:
        """All or nothing, within `async with`: commits when the block ends, rolls back when it raises."""
        return Borrowed(self, transacts=True)


class Borrowed:
    """A connection for the length of a block.

    Written out, since every request passes here: a generator and a task for the time limit would cost as much as
    the statement itself.
    """

    __slots__ = ("_connection", "_database", "_pool", "_transaction", "_transacts")

    def __init__(self, database: Database, *, transacts: bool) -> None:
        self._database = database
        self._transacts = transacts
        self._transaction: asyncpg.transaction.Transaction | None = None

    async def __aenter__(self) -> Connection:
        self._pool = self._database.ready or await self._database.pool()
        if self._pool.get_idle_size():
            self._connection = await self._pool.acquire()
        else:
            async with asyncio.timeout(ACQUIRE_TIMEOUT_S):
                self._connection = await self._pool.acquire()
        if self._transacts:
            try:
                self._transaction = self._connection.transaction()
                await self._transaction.start()
            except BaseException:
                await self._pool.release(self._connection)
                raise
        return self._connection

    async def __aexit__(
        self, kind: type[BaseException] | None, _: BaseException | None, __: TracebackType | None
    ) -> None:
        try:
            if self._transaction is not None:
                await (self._transaction.commit() if kind is None else self._transaction.rollback())
        finally:
            await self._pool.release(self._connection)


async def _keep(connection: Any) -> None:
    """Leave a released connection as it is."""
