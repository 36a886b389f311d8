"""What people do with tasks is undone as a whole, like every change of records."""

from __future__ import annotations

import re
from typing import Any

import httpx
import pytest

from crm.kernel.app_context import AppContext

TASK = {"title": "Call", "due_on": "2026-12-01", "recurrence": "FREQ=DAILY", "note": "About the offer"}
BACK = {"back": "/tasks"}


async def read(context: AppContext) -> list[tuple[str, str, bool]]:
    """Title, note and whether it is done, of each task that is not deleted."""
    async with context.db.connection() as conn:
        rows = await conn.fetch(
            "SELECT title, note, done_at IS NOT NULL FROM tasks WHERE deleted_at IS NULL ORDER BY id"
        )
    return [tuple(row) for row in rows]


async def undo_last(client: httpx.AsyncClient, context: AppContext) -> None:
    async with context.db.connection() as conn:
        last = await conn.fetchval("SELECT max(id) FROM change_sets")
    assert (await client.post(f"/changes/{last}/undo")).status_code == 303


async def add(client: httpx.AsyncClient, **more: Any) -> str:
    location: str = (await client.post("/tasks", data=TASK | more)).headers["location"]
    return location


async def test_adding_a_task_is_undone(signed_in: httpx.AsyncClient, clean: AppContext):
    await add(signed_in)
    await undo_last(signed_in, clean)
    assert await read(clean) == []


@pytest.mark.parametrize(
    ("path", "data"),
    [
        ("", TASK | {"title": "Write", "due_on": "2026-12-05", "recurrence": "", "note": "", "version": "1"}),
        ("/delete", BACK),
        ("/done", BACK),
    ],
)
async def test_editing_deleting_and_finishing_a_task_are_undone(
    signed_in: httpx.AsyncClient, clean: AppContext, path: str, data: dict[str, str]
):
    url = await add(signed_in)
    before = await read(clean)
    assert (await signed_in.post(f"{url}{path}", data=data)).status_code == 303
    assert await read(clean) != before
    await undo_last(signed_in, clean)
    assert await read(clean) == before
    # A series goes on after that as if nothing had happened.
    await signed_in.post(f"{url}/done", data=BACK)
    assert [done for _, _, done in await read(clean)] == [True, False]


async def test_the_history_of_a_change_shows_its_fields(signed_in: httpx.AsyncClient, clean: AppContext):
    url = await add(signed_in)
    await signed_in.post(url, data=TASK | {"title": "Write", "version": "1"})
    async with clean.db.connection() as conn:
        last = await conn.fetchval("SELECT max(id) FROM change_sets")
    page = (await signed_in.get(f"/changes/{last}")).text
    assert re.search(r"Call.*Write", page, flags=re.DOTALL)
    assert f'href="{url}"' in page
