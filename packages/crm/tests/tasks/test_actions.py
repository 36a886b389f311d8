"""What happens to tasks, and that the next step of a lead is its first open task."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import asyncpg
import factories
import pytest

from crm.kernel import clock
from crm.kernel.actor import SYSTEM, Actor
from crm.kernel.app_context import AppContext
from crm.kernel.db import Connection
from crm.kernel.errors import NotFoundError, ValidationError
from crm.records import companies, contacts, leads, tasks
from crm.records.tasks import actions, jobs
from crm.records.tasks.api import RECORD
from crm.records.tasks.forms import ChangeTask, TaskFilter

FRIDAY = date(2026, 11, 27)


@pytest.fixture
async def lead(conn: Connection) -> leads.Lead:
    form = leads.NewLead(name="Grace", email="grace@navy.example", company="Navy", message="Hi")
    return await leads.create(conn, form, by=SYSTEM)


async def add(conn: Connection, title: str = "Call", **values: Any) -> tasks.Task:
    return await tasks.create(conn, tasks.NewTask(title=title, **values), by=SYSTEM)


async def read_step(conn: Connection, lead: leads.Lead) -> tuple[str, date | None]:
    current = await leads.get(conn, lead.id)
    return current.next_action, current.next_action_on


async def list_open(conn: Connection, lead: leads.Lead) -> list[str]:
    page = await RECORD.list_page(conn, TaskFilter(lead_id=lead.id, done=False))
    return [task.title for task in page.data]


async def test_the_next_step_that_a_person_sets_is_a_task_of_the_owner(conn: Connection, lead: leads.Lead, ada: Actor):
    lead = await leads.change(conn, lead, leads.ChangeLead(owner_id=ada.id), by=ada)
    step = leads.ChangeLead(next_action="Call Grace", next_action_on=FRIDAY)
    lead = await leads.change(conn, lead, step, by=ada)
    first = await tasks.find_first(conn, lead.id)
    assert first is not None
    assert (first.title, first.due_on, first.assignee_id) == ("Call Grace", FRIDAY, ada.id)
    await leads.change(conn, lead, leads.ChangeLead(next_action="Write to Grace"), by=ada)
    assert await list_open(conn, lead) == ["Write to Grace"]


async def test_a_lead_that_is_created_with_a_next_step_has_a_task(conn: Connection):
    form = leads.NewLead(name="Ada", next_action="Call", next_action_on=FRIDAY)
    lead = await leads.create(conn, form, by=SYSTEM)
    assert await list_open(conn, lead) == ["Call"]


async def test_the_first_open_task_is_the_next_step(conn: Connection, lead: leads.Lead):
    later = await add(conn, "Later", lead_id=lead.id, due_on=FRIDAY + timedelta(days=3))
    assert await read_step(conn, lead) == ("Later", later.due_on)
    first = await add(conn, "First", lead_id=lead.id, due_on=FRIDAY, due_time="09:00")
    await add(conn, "Undated", lead_id=lead.id)
    assert await read_step(conn, lead) == ("First", FRIDAY)
    await tasks.complete(conn, first, by=SYSTEM)
    assert await read_step(conn, lead) == ("Later", later.due_on)
    await actions.change(conn, later, ChangeTask(title="Much later"), by=SYSTEM)
    assert (await read_step(conn, lead))[0] == "Much later"


async def test_taking_the_next_step_away_leaves_the_other_tasks(conn: Connection, lead: leads.Lead):
    await add(conn, "First", lead_id=lead.id, due_on=FRIDAY)
    await add(conn, "Second", lead_id=lead.id, due_on=FRIDAY + timedelta(days=1))
    current = await leads.get(conn, lead.id)
    changed = await leads.change(conn, current, leads.ChangeLead(next_action="", next_action_on=None), by=SYSTEM)
    assert (changed.next_action, changed.next_action_on) == ("Second", FRIDAY + timedelta(days=1))
    assert await list_open(conn, lead) == ["Second"]


async def test_the_release_before_reads_and_writes_the_columns_as_ever(conn: Connection, lead: leads.Lead):
    await conn.execute("UPDATE leads SET next_action = 'Call', next_action_on = $2 WHERE id = $1", lead.id, FRIDAY)
    await conn.execute("UPDATE leads SET next_action = 'Write' WHERE id = $1", lead.id)
    assert await list_open(conn, lead) == ["Write"]
    await conn.execute("UPDATE leads SET next_action = '', next_action_on = NULL WHERE id = $1", lead.id)
    assert await list_open(conn, lead) == []


async def test_next_steps_from_before_become_tasks_once(clean: AppContext):
    async with clean.db.transaction() as conn:
        form = leads.NewLead(name="Old", next_action="Call", next_action_on=FRIDAY)
        old = [await leads.create(conn, form, by=SYSTEM) for _ in range(3)]
        await conn.execute("SET LOCAL session_replication_role = replica")  # as if no trigger had been there
        await conn.execute("DELETE FROM tasks")
    for _ in range(2):
        await jobs.adopt_next_steps(clean, {})
    async with clean.db.connection() as conn:
        for lead in old:
            assert await list_open(conn, lead) == ["Call"]
            assert await leads.get(conn, lead.id) == lead


async def test_a_step_that_is_no_task_yet_can_be_finished(clean: AppContext):
    async with clean.db.transaction() as conn:
        lead = await leads.create(conn, leads.NewLead(name="Old", next_action="Call"), by=SYSTEM)
        await conn.execute("SET LOCAL session_replication_role = replica")
        await conn.execute("DELETE FROM tasks")
    async with clean.db.transaction() as conn:
        done = await leads.finish(conn, lead, by=SYSTEM)
        assert done is not None
        assert done.done_at is not None
        assert await read_step(conn, lead) == ("", None)


async def test_a_task_of_a_series_is_followed_by_the_next_one_after_today(conn: Connection, lead: leads.Lead):
    with clock.at(datetime(2026, 11, 27, 9, tzinfo=UTC)):
        task = await add(conn, lead_id=lead.id, due_on=date(2026, 11, 9), due_time="14:30", recurrence="FREQ=WEEKLY")
        assert task.recurrence == "FREQ=WEEKLY;BYDAY=MO"
        done = await tasks.complete(conn, task, by=SYSTEM)
        assert await tasks.complete(conn, done, by=SYSTEM) == done
    following = await tasks.find_first(conn, lead.id)
    assert following is not None
    assert (following.due_on, following.due_time, following.done_at) == (date(2026, 11, 30), "14:30", None)
    assert await list_open(conn, lead) == ["Call"]


async def test_reopening_takes_the_next_of_a_series_back(conn: Connection, lead: leads.Lead):
    task = await add(conn, lead_id=lead.id, due_on=FRIDAY, recurrence="FREQ=DAILY")
    done = await tasks.complete(conn, task, by=SYSTEM)
    await actions.reopen(conn, done, by=SYSTEM)
    assert await read_step(conn, lead) == ("Call", FRIDAY)
    assert await list_open(conn, lead) == ["Call"]


async def test_a_reopened_task_leaves_the_next_of_its_series_if_that_was_changed(conn: Connection, lead: leads.Lead):
    task = await add(conn, lead_id=lead.id, due_on=FRIDAY, recurrence="FREQ=DAILY")
    done = await tasks.complete(conn, task, by=SYSTEM)
    following = await tasks.find_first(conn, lead.id)
    assert following is not None
    await actions.change(conn, following, ChangeTask(title="Something else"), by=SYSTEM)
    opened = await actions.reopen(conn, done, by=SYSTEM)
    assert (await actions.get(conn, following.id)).title == "Something else"
    await actions.complete(conn, opened, by=SYSTEM)
    assert await conn.fetchval("SELECT count(*) FROM tasks") == 2


async def test_deleting_can_be_undone_until_thirty_days_are_over(clean: AppContext):
    now = datetime(2026, 11, 27, 9, tzinfo=UTC)
    async with clean.db.transaction() as conn:
        with clock.at(now):
            first, second = [await add(conn, title) for title in ("First", "Second")]
            for task in (first, second):
                await actions.delete(conn, task, by=SYSTEM)
    async with clean.db.transaction() as conn:
        with pytest.raises(NotFoundError):
            await tasks.actions.get(conn, first.id)
        assert (await actions.restore(conn, first.id, by=SYSTEM)).title == "First"
        assert (await tasks.actions.get(conn, first.id)).title == "First"
    with clock.at(now + timedelta(days=31)):
        await jobs.purge(clean, {})
    async with clean.db.transaction() as conn:
        with pytest.raises(NotFoundError):
            await actions.restore(conn, second.id, by=SYSTEM)
        assert (await RECORD.list_page(conn, TaskFilter())).total == 1


@pytest.mark.parametrize("noun", ["lead", "contact", "company"])
async def test_a_restored_record_has_its_tasks_again(conn: Connection, noun: str, ada: Actor):
    if noun == "lead":
        record: Any = await leads.create(conn, leads.NewLead(name="Ada"), by=ada)
        delete, restore = leads.delete, leads.deletion.restore
    elif noun == "contact":
        record = await contacts.actions.create(conn, contacts.forms.NewContact(name="Ada"), by=ada)
        delete, restore = contacts.deletion.delete, contacts.restore
    else:
        record = await companies.actions.create(conn, companies.forms.NewCompany(name="Acme"), by=ada)
        delete, restore = companies.deletion.delete, companies.deletion.restore
    place = {f"{noun}_id": record.id}
    done = await tasks.complete(conn, await add(conn, "Done", **place, due_on=FRIDAY), by=ada)
    task = await add(conn, "Open", **place, due_on=FRIDAY, assignee_id=ada.id)
    record = await (leads if noun == "lead" else contacts if noun == "contact" else companies).get(conn, record.id)
    await delete(conn, record, by=ada)
    with pytest.raises(NotFoundError):
        await tasks.actions.get(conn, task.id)
    await restore(conn, record.id, by=ada)
    assert await tasks.actions.get(conn, task.id) == task
    assert (await tasks.actions.get(conn, done.id)).done_at is not None
    assert (await RECORD.list_page(conn, TaskFilter(**place))).total == 2
    if noun == "lead":
        assert await read_step(conn, record) == ("Open", FRIDAY)


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"due_time": "09:00"}, "due_on"),
        ({"recurrence": "FREQ=DAILY"}, "due_on"),
        ({"due_on": FRIDAY, "recurrence": "FREQ=SECONDLY"}, "recurrence"),
        ({"lead_id": 1, "contact_id": 2}, "lead_id"),
        ({"company_id": 999_999_999}, "company_id"),
        ({"assignee_id": 999_999_999}, "assignee_id"),
    ],
)
async def test_a_task_that_makes_no_sense_is_refused_with_the_field(
    conn: Connection, values: dict[str, Any], field: str
):
    with pytest.raises(ValidationError) as refused:
        await add(conn, **values)
    assert [error.field for error in refused.value.errors] == [field]


async def test_a_viewer_and_a_former_colleague_get_no_task(conn: Connection):
    viewer = await factories.create_user(conn, "Vera Viewer", role="viewer")
    with pytest.raises(ValidationError, match="cannot do tasks"):
        await add(conn, assignee_id=viewer.id)


async def test_the_open_tasks_follow_the_owner_of_a_lead(conn: Connection, lead: leads.Lead, ada: Actor):
    grace = (await factories.create_user(conn, "Grace Hopper")).actor
    lead = await leads.change(conn, lead, leads.ChangeLead(owner_id=ada.id), by=ada)
    mine, other = [await add(conn, lead_id=lead.id, assignee_id=who.id) for who in (ada, grace)]
    await leads.change(conn, await leads.get(conn, lead.id), leads.ChangeLead(owner_id=grace.id), by=ada)
    assert (await tasks.actions.get(conn, mine.id)).assignee_id == grace.id
    assert await tasks.actions.get(conn, other.id) == other


async def test_the_timeline_tells_what_happened_to_a_task(conn: Connection, lead: leads.Lead, ada: Actor):
    task = await tasks.create(conn, tasks.NewTask(title="Call", lead_id=lead.id), by=ada)
    task = await actions.change(conn, task, ChangeTask(due_on=FRIDAY), by=ada)
    await actions.reopen(conn, await tasks.complete(conn, task, by=ada), by=ada)
    rows = await conn.fetch(
        "SELECT body FROM activities WHERE lead_id = $1 AND by_name = $2 ORDER BY id", lead.id, ada.name
    )
    assert [row["body"].removeprefix(f"{ada.name} ") for row in rows] == [
        "added the task: Call", "changed the task “Call”: the due to 27 Nov 2026.", "finished the task: Call",
        "reopened the task: Call",
    ]  # fmt: skip


async def test_the_database_refuses_a_task_about_two_records(conn: Connection, lead: leads.Lead):
    with pytest.raises(asyncpg.CheckViolationError):
        await conn.execute(
            "INSERT INTO tasks (title, lead_id, contact_id, created_at, updated_at) VALUES ('x', $1, $2, now(), now())",
            lead.id, lead.contact_id,
        )  # fmt: skip
