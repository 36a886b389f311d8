"""Tasks on pages: the list, the panel of a record, and the buttons."""

from __future__ import annotations

import asyncio
import re
from datetime import UTC, date, datetime, timedelta
from typing import Any

import httpx
import pytest
from query_log import list_statements

from crm.kernel import clock
from crm.kernel.actor import SYSTEM
from crm.kernel.app_context import AppContext
from crm.records import leads, tasks

NOW = datetime(2026, 11, 25, 9, 0, tzinfo=UTC)  # a Wednesday
TODAY = NOW.date()


async def add(context: AppContext, title: str = "Call", **values: Any) -> tasks.Task:
    async with context.db.transaction() as conn:
        return await tasks.create(conn, tasks.NewTask(title=title, **values), by=SYSTEM)


async def read(context: AppContext, task: tasks.Task) -> tasks.Task:
    async with context.db.connection() as conn:
        return await tasks.actions.get(conn, task.id)


async def show(client: httpx.AsyncClient, url: str) -> str:
    with clock.at(NOW):
        page = await client.get(url, follow_redirects=True)
    assert page.status_code == 200
    return page.text


@pytest.fixture
async def lead(clean: AppContext) -> leads.Lead:
    async with clean.db.transaction() as conn:
        return await leads.create(conn, leads.NewLead(name="Grace", title="Compiler audit"), by=SYSTEM)


async def test_the_list_has_a_tab_for_today_this_week_later_and_done(signed_in: httpx.AsyncClient, clean: AppContext):
    days = {"Overdue": -3, "Now": 0, "Sunday": 4, "Monday": 5}
    for title, days_ahead in days.items():
        await add(clean, title, due_on=TODAY + timedelta(days=days_ahead))
    await add(clean, "Some day")
    done = await add(clean, "Over")
    with clock.at(NOW):
        await signed_in.post(f"/tasks/{done.id}/done", data={"back": "/tasks"})
    for tab, titles in (
        ("today", ["Overdue", "Now"]), ("week", ["Sunday"]), ("later", ["Monday", "Some day"]), ("done", ["Over"])
    ):  # fmt: skip
        page = await show(signed_in, f"/tasks?tab={tab}")
        assert re.findall(r'class="plain" href="/tasks/\d+" dir="auto">([^<]+)<', page) == titles
        assert f'data-count="{len(titles)}"' in page


async def test_mine_and_everybodys_are_two_lists(signed_in: httpx.AsyncClient, clean: AppContext):
    await add(clean, "Nobody's", due_on=TODAY)
    with clock.at(NOW):
        await signed_in.post(
            "/tasks", data={"title": "My own", "due_on": str(TODAY), "assignee_id": await my_id(clean)}
        )
    everybodys, mine = [await show(signed_in, f"/tasks?whose={whose}") for whose in ("everybody", "mine")]
    assert "Nobody&#39;s" in everybodys
    assert "Nobody&#39;s" not in mine
    assert "My own" in mine


async def my_id(context: AppContext) -> int:
    async with context.db.connection() as conn:
        return await conn.fetchval("SELECT id FROM users WHERE email = 'ada@crm.test'")  # type: ignore[no-any-return]


async def test_a_task_is_added_from_the_page_of_its_record_and_shown_there(
    signed_in: httpx.AsyncClient, clean: AppContext, lead: leads.Lead
):
    page = await show(signed_in, f"/leads/{lead.id}")
    assert f'name="lead_id" value="{lead.id}"' in page
    for title in ("First", "Second"):
        values = {"title": title, "due_on": str(TODAY), "lead_id": lead.id, "back": f"/leads/{lead.id}"}
        answer = await signed_in.post("/tasks", data=values)
        assert answer.headers["location"] == f"/leads/{lead.id}"
    page = await show(signed_in, f"/leads/{lead.id}")
    assert re.search(r'id="next".*First', page, flags=re.DOTALL)
    assert re.search(r'<ul class="tasks">.*Second', page, flags=re.DOTALL)
    assert "Compiler audit" in await show(signed_in, "/tasks")


@pytest.mark.parametrize("noun", ["contacts", "companies"])
async def test_contacts_and_companies_have_tasks_too(signed_in: httpx.AsyncClient, clean: AppContext, noun: str):
    made = await signed_in.post(f"/{noun}", data={"name": "Navy"})
    url = made.headers["location"]
    column = {"contacts": "contact_id", "companies": "company_id"}[noun]
    await signed_in.post("/tasks", data={"title": "Say hello", column: url.rpartition("/")[2], "back": url})
    page = await show(signed_in, url)
    task_id = re.search(r'id="task-(\d+)"', page)
    assert task_id is not None
    answer = await signed_in.post(f"/tasks/{task_id[1]}/done", data={"back": url})
    page = await show(signed_in, answer.headers["location"])
    assert "Done: Say hello. And next?" in page
    assert f'name="{column}" value="{url.rpartition("/")[2]}"' in page


async def test_done_asks_what_is_next_and_can_be_undone(
    signed_in: httpx.AsyncClient, clean: AppContext, lead: leads.Lead
):
    task = await add(clean, "Call Grace", lead_id=lead.id, due_on=TODAY)
    answer = await signed_in.post(f"/leads/{lead.id}/done")
    page = await show(signed_in, answer.headers["location"])
    assert "Done: Call Grace. And next?" in page
    undo = re.search(r'action="(/changes/\d+/undo)"', page)
    assert undo is not None
    await signed_in.post(undo[1])
    assert (await read(clean, task)).done_at is None
    assert "Call Grace" in await show(signed_in, f"/leads/{lead.id}")


@pytest.mark.parametrize(("when", "day"), [("today", 25), ("tomorrow", 26), ("week", 27), ("later", 30)])
async def test_a_task_is_put_off_and_back(signed_in: httpx.AsyncClient, clean: AppContext, when: str, day: int):
    task = await add(clean, due_on=date(2026, 11, 20), due_time="09:30")
    with clock.at(NOW):
        await signed_in.post(f"/tasks/{task.id}/snooze", data={"when": when, "back": "/tasks"})
    moved = await read(clean, task)
    assert (moved.due_on, moved.due_time) == (date(2026, 11, day), "09:30")
    page = await show(signed_in, "/tasks")
    undo = re.search(r'action="(/changes/\d+/undo)"', page)
    assert undo is not None
    await signed_in.post(undo[1])
    assert (await read(clean, task)).due_on == task.due_on


async def test_a_task_without_a_date_gets_none_back(signed_in: httpx.AsyncClient, clean: AppContext):
    task = await add(clean)
    await signed_in.post(f"/tasks/{task.id}/snooze", data={"when": "later"})
    undo = re.search(r'action="(/changes/\d+/undo)"', await show(signed_in, "/tasks"))
    assert undo is not None
    await signed_in.post(undo[1])
    assert (await read(clean, task)).due_on is None


async def test_a_task_is_edited_and_two_people_choose_between_their_changes(
    signed_in: httpx.AsyncClient, clean: AppContext
):
    task = await add(clean, "Call", due_on=TODAY, recurrence="FREQ=WEEKLY")
    form = await show(signed_in, f"/tasks/{task.id}/edit")
    assert '<option value="FREQ=WEEKLY;BYDAY=WE" selected>Every week on Wednesday</option>' in form
    values = {"title": "Call Bob", "due_on": str(TODAY), "recurrence": "FREQ=WEEKLY;BYDAY=WE", "version": "1"}
    assert (await signed_in.post(f"/tasks/{task.id}", data=values)).status_code == 303
    saved = await read(clean, task)
    assert (saved.title, saved.recurrence) == ("Call Bob", task.recurrence)
    conflict = await signed_in.post(f"/tasks/{task.id}", data=values | {"title": "Call Eve", "was.title": "Call"})
    assert conflict.status_code == 409
    assert "Call Eve" in conflict.text


async def test_a_task_without_words_is_refused_beside_the_field(signed_in: httpx.AsyncClient):
    answer = await signed_in.post("/tasks", data={"title": " ", "note": "kept"})
    assert answer.status_code == 422
    assert "This field is required." in answer.text or "at least 1" in answer.text
    assert "kept" in answer.text


async def test_a_double_click_adds_one(signed_in: httpx.AsyncClient, clean: AppContext):
    values = {"title": "Once", "once": "a-token", "due_on": str(TODAY)}
    await asyncio.gather(*(signed_in.post("/tasks", data=values) for _ in range(2)))
    async with clean.db.connection() as conn:
        assert await conn.fetchval("SELECT count(*) FROM tasks") == 1


async def test_deleting_offers_to_undo_it(signed_in: httpx.AsyncClient, clean: AppContext):
    task = await add(clean, "Call")
    answer = await signed_in.post(f"/tasks/{task.id}/delete", data={"back": "https://evil.example"})
    assert answer.headers["location"] == "/tasks"
    undo = re.search(r'action="(/changes/\d+/undo)"', await show(signed_in, "/tasks"))
    assert undo is not None
    assert (await signed_in.get(f"/tasks/{task.id}")).status_code == 404
    await signed_in.post(undo[1])
    assert "Call" in await show(signed_in, f"/tasks/{task.id}")


@pytest.mark.parametrize("url", ["/tasks", "/tasks?tab=done"])
async def test_the_list_sends_as_many_statements_for_one_task_as_for_many(
    signed_in: httpx.AsyncClient, clean: AppContext, url: str
):
    await add(clean, due_on=TODAY)
    one = await list_statements(signed_in, url)
    for number in range(20):
        await add(clean, f"Task {number}", due_on=TODAY)
    assert len(await list_statements(signed_in, url)) == len(one) <= 7


async def test_two_people_finish_one_step_at_once_from_two_pages(
    signed_in: httpx.AsyncClient, clean: AppContext, lead: leads.Lead
):
    task = await add(clean, lead_id=lead.id, due_on=TODAY, recurrence="FREQ=DAILY")
    urls = [f"/leads/{lead.id}/done", f"/tasks/{task.id}/done"]
    with clock.at(NOW):
        answers = await asyncio.gather(*(signed_in.post(url, data={"back": "/tasks"}) for url in urls))
    assert [answer.status_code for answer in answers] == [303, 303]
    async with clean.db.connection() as conn:
        rows = await conn.fetch("SELECT done_at IS NOT NULL AS done FROM tasks WHERE due_on = $1", TODAY)
    assert [row["done"] for row in rows] == [True]
