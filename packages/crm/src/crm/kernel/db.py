"""The way to PostgreSQL: one pool, plain SQL, transactions in the open."""

from __future__ import annotations

import asyncio
from collections import deque
from types import TracebackType
from typing import Any, TypeAlias

import asyncpg
import msgspec

_Pooled: TypeAlias = "asyncpg.pool.PoolConnectionProxy[asyncpg.Record]"
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
    """A pool that opens on first need, so that a service can start, and say it is unhealthy, without a database.

    A connection that a block gives back unharmed goes straight to the next block that waits, or lies ready for the next
    one. The pool behind makes connections and buries broken ones; through it alone each request would pay for two tasks
    and a turn of the loop.
    """

    def __init__(self, url: str, size: int, name: str = "crm") -> None:
        self._url = url
        self._size = size
        self._name = name
        self._pool: asyncpg.Pool[asyncpg.Record] | None = None
        self._opening = asyncio.Lock()
        self._idle: list[_Pooled] = []
        self._out = 0
        self._waiting: deque[asyncio.Future[_Pooled | None]] = deque()

    @property
    def in_use(self) -> int:
        """Connections that somebody holds."""
        return self._out - len(self._idle)

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
            idle, self._idle, self._out = self._idle, [], 0
            try:
                for connection in idle:
                    await pool.release(connection)
                await asyncio.wait_for(pool.close(), timeout=5)
            except (TimeoutError, *UNREACHABLE):
                pool.terminate()

    def connection(self) -> Borrowed:
        """A connection for reading, within `async with`; each statement is its own transaction."""
        return Borrowed(self, transacts=False)

    def transaction(self) -> Borrowed:
        """All or nothing, within `async with`: commits when the block ends, rolls back when it raises."""
        return Borrowed(self, transacts=True)

    async def take(self) -> tuple[asyncpg.Pool[asyncpg.Record], _Pooled]:
        """A connection nobody uses and its pool; `give` it back. Raises one of `UNREACHABLE`."""
        pool = self._pool or await self.pool()
        while self._idle:
            connection = self._idle.pop()
            if _lives(connection):
                return pool, connection
            await self._bury(pool, connection)
        async with asyncio.timeout(ACQUIRE_TIMEOUT_S):
            while self._out >= self._size:
                if (handed := await self._next()) is not None:
                    return pool, handed
            self._out += 1
            try:
                return pool, await pool.acquire()
            except BaseException:
                self._out -= 1
                self._pass_on(None)
                raise

    async def give(self, pool: asyncpg.Pool[asyncpg.Record], connection: _Pooled, *, unharmed: bool) -> None:
        """Hand a connection on. One that a fault has passed through goes back to its pool, which looks after it."""
        if unharmed and pool is self._pool and _lives(connection):
            if not self._pass_on(connection):
                self._idle.append(connection)
        else:
            await self._bury(pool, connection)

    async def _bury(self, pool: asyncpg.Pool[asyncpg.Record], connection: _Pooled) -> None:
        try:
            await pool.release(connection)
        finally:
            if pool is self._pool:
                self._out -= 1
                self._pass_on(None)

    def _pass_on(self, connection: _Pooled | None) -> bool:
        """To the first in line, or nobody; None tells it that there is room to ask the pool for another."""
        while self._waiting:
            place = self._waiting.popleft()
            if not place.done():
                place.set_result(connection)
                return True
        return False

    async def _next(self) -> _Pooled | None:
        """Waits in line. None: there is room for another connection."""
        place: asyncio.Future[_Pooled | None] = asyncio.get_running_loop().create_future()
        self._waiting.append(place)
        try:
            return await place
        except asyncio.CancelledError:
            if place.done() and not place.cancelled() and self._pool:
                # Its turn came in the very moment it gave up.
                handed = place.result()
                if handed is None:
                    self._pass_on(None)
                else:
                    await self.give(self._pool, handed, unharmed=True)
            raise


def _lives(connection: _Pooled) -> bool:
    try:
        return not connection.is_closed()
    except asyncpg.InterfaceError:  # the pool has seen its end and taken it back
        return False


class Borrowed:
    """A connection for the length of a block. Written out, since every request passes here."""

    __slots__ = ("_connection", "_database", "_pool", "_transaction", "_transacts")

    def __init__(self, database: Database, *, transacts: bool) -> None:
        self._database = database
        self._transacts = transacts
        self._transaction: asyncpg.transaction.Transaction | None = None

    async def __aenter__(self) -> Connection:
        self._pool, self._connection = await self._database.take()
        if self._transacts:
            try:
                self._transaction = self._connection.transaction()
                await self._transaction.start()
            except BaseException:
                await self._database.give(self._pool, self._connection, unharmed=False)
                raise
        return self._connection

    async def __aexit__(
        self, kind: type[BaseException] | None, _: BaseException | None, __: TracebackType | None
    ) -> None:
        unharmed = False
        try:
            if self._transaction is not None:
                await (self._transaction.commit() if kind is None else self._transaction.rollback())
            unharmed = kind is None
        finally:
            await self._database.give(self._pool, self._connection, unharmed=unharmed)


async def _keep(connection: Any) -> None:
    """Leave a released connection as it is."""
