from __future__ import annotations

import asyncio

from crm.kernel.app_context import AppContext
from crm.kernel.db import Connection
from crm.kernel.http.list_totals import Total, Totals
from crm.kernel.http.paging import Where


async def test_many_who_ask_for_the_same_count_at_once_set_off_one(clean: AppContext):
    totals, counted = Totals(), []

    async def ask(together: asyncio.Barrier) -> Total:
        async with clean.db.connection() as connection:
            with connection.query_logger(lambda record: counted.append(record.query)):
                await together.wait()
                total = await totals.of(connection, "events", "all", Where(), "")
                await asyncio.sleep(0)  # The log gets the statement in the loop's next round.
                return total

    together = asyncio.Barrier(5)
    assert set(await asyncio.gather(*(ask(together) for _ in range(5)))) == {Total(0, exact=True)}
    assert len(counted) == 1


async def test_a_total_is_counted_once_for_as_long_as_nothing_changes(conn: Connection):
    totals, counted = Totals(), []
    with conn.query_logger(lambda record: counted.append(record.query)):
        for _ in range(3):
            seen = await conn.fetchval("SELECT pg_current_snapshot()::text")
            assert await totals.of(conn, "events", "all", Where(), seen) == Total(0, exact=True)
        await asyncio.sleep(0)  # The log gets the statement in the loop's next round.
    assert len([query for query in counted if "count(*)" in query]) == 1


async def test_a_change_is_counted_by_the_next_who_asks(conn: Connection):
    totals = Totals()
    assert (await totals.of(conn, "events", "all", Where(), "")).number == 0
    await conn.execute("INSERT INTO events (kind, payload, at) VALUES ('a', '{}', now())")
    assert (await totals.of(conn, "events", "all", Where(), "")).number == 1
