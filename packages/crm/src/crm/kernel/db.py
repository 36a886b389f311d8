"""PostgreSQL: asyncpg's pool, plain SQL, explicit transactions."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from contextvars import ContextVar
from typing import Any, TypeAlias

import asyncpg
import msgspec

Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record] | asyncpg.pool.PoolConnectionProxy[asyncpg.Record]"

STATEMENT_TIMEOUT_MS = 8_000
LOCK_TIMEOUT_MS = 4_000
COMMAND_TIMEOUT_S = STATEMENT_TIMEOUT_MS / 1000 + 1
"""A server that has not even ended a statement by its own time limit hangs."""
CONNECT_TIMEOUT_S = 5.0
ACQUIRE_TIMEOUT_S = 5.0
RELEASE_TIMEOUT_S = 1.0

UNREACHABLE = (OSError, asyncio.TimeoutError, asyncpg.PostgresConnectionError, asyncpg.InterfaceError,
               asyncpg.InternalClientError, asyncpg.CannotConnectNowError, asyncpg.TooManyConnectionsError)  # fmt: skip
"""The errors of a database that cannot be reached. A closing connection raises `InternalClientError`."""

TEMPORARY = (*UNREACHABLE, asyncpg.InvalidTransactionStateError, asyncpg.TransactionRollbackError,
             asyncpg.InsufficientResourcesError, asyncpg.LockNotAvailableError, asyncpg.OperatorInterventionError,
             asyncpg.PostgresSystemError)  # fmt: skip
"""The errors that pass without a change of the request: SQLSTATE 25, 40, 53, 55P03, 57, 58, and `UNREACHABLE`."""


class CommitError(ConnectionError):
    """The connection broke during a COMMIT, so nobody knows whether it happened."""


committed: ContextVar[bool] = ContextVar("committed", default=False)
"""Whether a transaction was committed in this context, so that repeating everything could do something twice."""


async def prepare(connection: asyncpg.Connection[asyncpg.Record]) -> None:
    """Lets jsonb columns read and write plain Python values."""
    encode = lambda value: msgspec.json.encode(value).decode()  # noqa: E731
    await connection.set_type_codec("jsonb", schema="pg_catalog", encoder=encode, decoder=msgspec.json.decode)


def settings(name: str) -> dict[str, str]:
    """Returns the server settings of every connection: statements and locks time out, and all times are UTC."""
    return {
        "application_name": name,
        "timezone": "UTC",
        "statement_timeout": str(STATEMENT_TIMEOUT_MS),
        "lock_timeout": str(LOCK_TIMEOUT_MS),
        "idle_in_transaction_session_timeout": "30000",
        # Compiling short statements takes longer than it saves.
        "jit": "off",
    }


class Database:
    """A pool that connects on first use, so the service can start and report its health without a database."""

    def __init__(self, url: str, size: int, name: str = "crm") -> None:
        self.url = url
        self._size = size
        self._name = name
        self._pool: asyncpg.Pool[asyncpg.Record] | None = None

    @property
    def in_use(self) -> int:
        """The number of connections that requests hold."""
        return self._pool.get_size() - self._pool.get_idle_size() if self._pool else 0

    async def pool(self) -> asyncpg.Pool[asyncpg.Record]:
        """Returns the pool. Opening it makes no connection, because its minimum size is 0."""
        if self._pool is None:
            self._pool = await asyncpg.create_pool(
                self.url,
                min_size=0,
                max_size=self._size,
                timeout=CONNECT_TIMEOUT_S,
                command_timeout=COMMAND_TIMEOUT_S,
                max_inactive_connection_lifetime=120,
                server_settings=settings(self._name),
                init=prepare,
                # No code changes session settings, so releasing a connection needs no round trip to reset them.
                reset=_skip_reset,
            )
        return self._pool

    async def close(self) -> None:
        """Closes all connections; those still in use are terminated after 5 seconds."""
        if self._pool is not None:
            pool, self._pool = self._pool, None
            try:
                await asyncio.wait_for(pool.close(), timeout=5)
            except (TimeoutError, *UNREACHABLE):
                pool.terminate()

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[Connection]:
        """Yields a connection for reading; each statement is its own transaction. Raises one of `UNREACHABLE`."""
        pool = self._pool or await self.pool()
        async with asyncio.timeout(ACQUIRE_TIMEOUT_S):
            connection = await pool.acquire()
        try:
            yield connection
        except (TimeoutError, CommitError):
            # A server that hangs answers no cancel request either. It rolls back when it finds the connection closed.
            with suppress(asyncpg.InterfaceError):  # if it is closed already
                connection.terminate()
            raise
        finally:
            with suppress(TimeoutError):
                await pool.release(connection, timeout=RELEASE_TIMEOUT_S)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Connection]:
        """Yields a connection in a transaction. It commits at the end of the block and rolls back on an exception."""
        async with self.connection() as connection:
            transaction = connection.transaction()
            await transaction.start()
            try:
                yield connection
            except TimeoutError:
                raise  # Waiting for a ROLLBACK would only take as long again.
            except BaseException:
                await transaction.rollback()
                raise
            try:
                await transaction.commit()
            except UNREACHABLE as error:
                raise CommitError from error
            committed.set(True)


async def _skip_reset(connection: Any) -> None:
    """Leaves a released connection as it is."""
