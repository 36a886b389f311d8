"""The list of tasks stays quick however many there are: the plans of the statements that it really sends."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import date
from typing import Any

import factories
import pytest

from crm.kernel.app_context import AppContext
from crm.kernel.db import Connection
from crm.records.tasks import queries

ROWS = 20_000
MAKE = """
INSERT INTO tasks (title, due_on, assignee_id, done_at, created_at, updated_at)
SELECT 'Task ' || n, current_date - 200 + n % 400, CASE WHEN n % 20 < 2 THEN $2::bigint END,
       CASE WHEN n % 2 = 0 THEN now() - n * interval '1 minute' END, now(),
       now()
FROM generate_series(1, $1::integer) AS n
"""


@pytest.fixture(scope="module")
async def many(context: AppContext) -> AsyncIterator[tuple[Connection, int]]:
    """A connection that sees many tasks, vacuumed as those of a running system, and a user who has a tenth of them."""
    async with context.db.connection() as conn:
        try:
            # What other tests have deleted leaves empty pages in the indexes, which the planner counts.
            await conn.execute("TRUNCATE tasks CASCADE")
            ada = await factories.create_user(conn)
            await conn.execute(MAKE, ROWS, ada.id)
            await conn.execute("VACUUM (ANALYZE) tasks")
            yield conn, ada.id
        finally:
            await conn.execute("TRUNCATE tasks CASCADE")
            await conn.execute("DELETE FROM users")


@pytest.mark.parametrize(("tab", "index"), [("today", "tasks_open"), ("later", "tasks_open"), ("done", "tasks_done")])
@pytest.mark.parametrize("whose", ["mine", "everybody"])
async def test_each_tab_walks_an_index(many: tuple[Connection, int], tab: str, index: str, whose: str):
    conn, ada = many
    today: date = await conn.fetchval("SELECT current_date")
    sent: list[tuple[str, tuple[Any, ...]]] = []
    with conn.query_logger(lambda record: sent.append((record.query, record.args))):
        where = queries.tab_where(tab, today, ada if whose == "mine" else None)
        await queries.TABLE.page(conn, where, sort="-done_at" if tab == "done" else "due")
        await asyncio.sleep(0)  # The log gets the last statement in the loop's next round.
    query, values = sent[0]
    plan: str = await conn.fetchval(f"EXPLAIN (FORMAT json) {query}", *values)
    assert '"Seq Scan"' not in plan
    assert '"Sort"' not in plan
    assert f"{index}_of_assignee" in plan if whose == "mine" else index in plan
