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


async def test_undo_of_done_keeps_the_next_task_of_the_series_if_somebody_changed_it(
    signed_in: httpx.AsyncClient, clean: AppContext
):
    url = await add(signed_in)
    await signed_in.post(f"{url}/done", data=BACK)
    async with clean.db.connection() as conn:
        last = await conn.fetchval("SELECT max(id) FROM change_sets")
        following = await conn.fetchval("SELECT max(id) FROM tasks")
    await signed_in.post(f"/tasks/{following}/snooze", data={"when": "later"})
    asked = await signed_in.post(f"/changes/{last}/undo")
    assert asked.status_code == 409
    assert [done for _, _, done in await read(clean)] == [True, False]
    await signed_in.post(f"/changes/{last}/undo", data={f"task-{following}.": "keep"})
    assert [done for _, _, done in await read(clean)] == [False, False]


async def test_undo_of_done_and_the_undo_of_that_repeat_a_series_once(signed_in: httpx.AsyncClient, clean: AppContext):
    url = await add(signed_in)
    await signed_in.post(f"{url}/done", data=BACK)
    for expected in ([False], [True, False], [False]):
        await undo_last(signed_in, clean)
        assert [done for _, _, done in await read(clean)] == expected


async def test_the_next_step_of_a_lead_is_undone_beside_its_other_tasks(
    signed_in: httpx.AsyncClient, clean: AppContext
):
    lead = (await signed_in.post("/leads", data={"name": "Grace"})).headers["location"]
    lead_id = lead.rpartition("/")[2].partition("?")[0]
    await add(signed_in, title="Soon", due_on="2026-12-01", lead_id=lead_id)
    await add(signed_in, title="Later", due_on="2026-12-02", lead_id=lead_id)

    async def list_due() -> list[tuple[str, str]]:
        async with clean.db.connection() as conn:
            rows = await conn.fetch("SELECT title, due_on::text FROM tasks WHERE deleted_at IS NULL ORDER BY title")
        return [tuple(row) for row in rows]

    before = await list_due()
    await signed_in.post(
        f"/leads/{lead_id}/next", data={"next_action": "Soon", "next_action_on": "2026-12-09", "was": "Soon"}
    )
    assert ("Soon", "2026-12-09") in await list_due()
    await undo_last(signed_in, clean)
    assert await list_due() == before
    await signed_in.post(f"/leads/{lead_id}/status", data={"status": "won", "was": "new"})
    assert [title for title, _ in await list_due()] == ["Later"]
    await undo_last(signed_in, clean)
    assert await list_due() == before


async def test_the_history_of_a_change_shows_its_fields(signed_in: httpx.AsyncClient, clean: AppContext):
    url = await add(signed_in)
    await signed_in.post(url, data=TASK | {"title": "Write", "version": "1"})
    async with clean.db.connection() as conn:
        last = await conn.fetchval("SELECT max(id) FROM change_sets")
    page = (await signed_in.get(f"/changes/{last}")).text
    assert re.search(r"Call.*Write", page, flags=re.DOTALL)
    assert f'href="{url}"' in page
