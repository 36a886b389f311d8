from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import asyncpg
import pytest

from crm.kernel.db import UNREACHABLE, Connection, Database


@pytest.fixture
async def two(database_url: str) -> AsyncIterator[Database]:
    """A database of two connections at most."""
    database = Database(database_url, 2, "two")
    yield database
    await database.close()


async def backend(connection: Connection) -> int:
    number: int = await connection.fetchval("SELECT pg_backend_pid()")
    return number


async def test_a_connection_is_used_again(two: Database):
    async with two.connection() as connection:
        first = await backend(connection)
    async with two.transaction() as connection:
        assert await backend(connection) == first


async def test_no_more_connections_are_made_than_allowed_however_many_ask(two: Database):
    seen: set[int] = set()

    async def ask() -> None:
        async with two.connection() as connection:
            seen.add(await backend(connection))

    await asyncio.gather(*(ask() for _ in range(50)))
    assert len(seen) == 2


async def test_those_who_wait_are_served_in_their_order(two: Database):
    served: list[int] = []

    async def ask(number: int) -> None:
        async with two.connection():
            served.append(number)

    async with two.connection(), two.connection():
        line = [asyncio.create_task(ask(number)) for number in range(6)]
        await asyncio.sleep(0)
    await asyncio.gather(*line)
    assert served == list(range(6))


async def test_one_that_gives_up_waiting_leaves_its_place_to_the_next(two: Database):
    async def ask() -> int:
        async with two.connection() as connection:
            return await backend(connection)

    async with two.connection(), two.connection():
        line = [asyncio.create_task(ask()) for _ in range(5)]
        await asyncio.sleep(0)
        line[0].cancel()
        line[2].cancel()
    # The first in line was handed a connection and cancelled before it could take it.
    line[1].cancel()
    found = await asyncio.gather(*line, return_exceptions=True)
    assert [isinstance(each, int) for each in found] == [False, False, False, True, True]
    async with two.connection() as one, two.connection() as other:
        assert await backend(one) != await backend(other)


async def test_a_broken_connection_is_replaced(two: Database):
    async with two.connection() as connection:
        broken = await backend(connection)
        async with two.connection() as other:
            await other.execute("SELECT pg_terminate_backend($1)", broken)
        with pytest.raises((asyncpg.PostgresError, *UNREACHABLE)):
            await connection.execute("SELECT 1")
    async with two.connection() as one, two.connection() as other:
        assert broken not in (await backend(one), await backend(other))


async def test_connections_that_broke_while_they_lay_idle_are_replaced(two: Database):
    async with two.connection() as one, two.connection() as other:
        idle = {await backend(one), await backend(other)}
    ending = await asyncpg.connect(two.url)
    # The second argument waits for the end, in milliseconds.
    await ending.execute("SELECT pg_terminate_backend(pid, 10000) FROM unnest($1::integer[]) AS pid", list(idle))
    await ending.close()

    async def ask() -> int:
        async with two.connection() as connection:
            return await backend(connection)

    found = await asyncio.gather(*(ask() for _ in range(10)))
    assert idle.isdisjoint(found)


async def test_what_is_broken_off_is_undone_and_leaves_its_connection_clean(two: Database):
    async def linger(begun: asyncio.Event) -> None:
        async with two.transaction() as connection:
            await connection.execute("CREATE TABLE lingering (n integer)")
            begun.set()
            await connection.execute("SELECT pg_sleep(60)")

    for _ in range(3):
        begun = asyncio.Event()
        task = asyncio.create_task(linger(begun))
        await begun.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    async with two.connection() as one, two.connection() as other:
        assert await one.fetchval("SELECT to_regclass('lingering')") is None
        assert await other.fetchval("SELECT pg_current_xact_id_if_assigned()") is None


async def test_where_nobody_listens_every_caller_gets_the_error(two: Database):
    nowhere = Database("postgresql://postgres@127.0.0.1:1/none", 1)

    async def ask() -> None:
        async with nowhere.connection():
            raise AssertionError("there is no such database")

    for error in await asyncio.gather(*(ask() for _ in range(4)), return_exceptions=True):
        assert isinstance(error, OSError)
    await nowhere.close()
