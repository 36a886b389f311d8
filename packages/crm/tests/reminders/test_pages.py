"""The page of working hours and reminders."""

from __future__ import annotations

import re
from datetime import time

import httpx
import pytest

from crm.accounts import working_hours
from crm.accounts.working_hours.models import WorkingHours
from crm.kernel.app_context import AppContext

GIVEN = {
    "working_days": ["1", "2"], "quiet_from": "18:30", "quiet_until": "06:00", "time_zone": "Asia/Tokyo", "digest": "1",
}  # fmt: skip


async def read(context: AppContext) -> WorkingHours:
    async with context.db.connection() as conn:
        return await working_hours.read(conn, await conn.fetchval("SELECT id FROM users"))


async def test_everybody_sets_their_own_hours(signed_in: httpx.AsyncClient, context: AppContext):
    assert await read(context) == WorkingHours()
    page = (await signed_in.get("/reminders")).text
    assert 'value="20:00"' in page
    assert 'href="/reminders"' in (await signed_in.get("/profile")).text
    for _ in range(2):
        assert (await signed_in.post("/reminders", data=GIVEN)).status_code == 303
    stored = WorkingHours("Asia/Tokyo", (1, 2), time(18, 30), time(6), reminders=False, digest=True)
    assert await read(context) == stored
    assert 'value="18:30"' in (await signed_in.get("/reminders")).text
    await signed_in.post("/reminders", data={"working_days": "3"})
    assert await read(context) == WorkingHours("", (3,), None, None, reminders=False, digest=False)


async def test_the_page_says_where_reminders_go(signed_in: httpx.AsyncClient):
    assert "go: E-mail ada@crm.test." in (await signed_in.get("/reminders")).text
    await signed_in.post("/profile/notifications", data={"target": "ada@phone.example"})
    assert "go: E-mail a" in (await signed_in.get("/reminders")).text
    assert "A mail to ada@crm.test at 07:30" in (await signed_in.get("/reminders")).text


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"working_days": []}, "This field is required."),
        ({"working_days": ["8"]}, "Choose one of"),
        ({"time_zone": "Mars/Olympus"}, "Choose a time zone from the list"),
        ({"quiet_until": ""}, "Give both ends of the quiet hours"),
        ({"quiet_until": "18:30"}, "Give another time than the beginning."),
        ({"quiet_from": "25:00"}, "Enter a value such as 20:00."),
    ],
)
async def test_a_wrong_value_is_named_and_nothing_is_lost(
    signed_in: httpx.AsyncClient, context: AppContext, change: dict[str, object], message: str
):
    answer = await signed_in.post("/reminders", data=GIVEN | change)
    assert answer.status_code == 422
    assert message in answer.text
    assert await read(context) == WorkingHours()


async def test_a_task_is_put_off_to_a_day_on_which_the_person_works(signed_in: httpx.AsyncClient, context: AppContext):
    await signed_in.post("/reminders", data=GIVEN)  # Mondays and Tuesdays
    await signed_in.post("/tasks", data={"title": "Call"})
    async with context.db.connection() as conn:
        task_id = await conn.fetchval("SELECT id FROM tasks")
        await signed_in.post(f"/tasks/{task_id}/snooze", data={"when": "tomorrow"})
        on = await conn.fetchval("SELECT due_on FROM tasks")
    assert on.isoweekday() in (1, 2)


async def test_undo_puts_the_hours_back(signed_in: httpx.AsyncClient, context: AppContext):
    await signed_in.post("/reminders", data=GIVEN)
    undo = re.search(r'action="(/changes/\d+/undo)"', (await signed_in.get("/reminders")).text)
    assert undo
    shown = (await signed_in.get(undo[1].removesuffix("/undo"))).text
    assert re.search(r"Working days.*Wednesday, Thursday, Friday.*Monday, Tuesday", shown, flags=re.DOTALL)
    assert (await signed_in.post(undo[1])).headers["location"] == "/reminders"
    assert await read(context) == WorkingHours()
