"""Reminders come at the time of the task, once, when the person works."""

from __future__ import annotations

import asyncio
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import due_jobs
import factories
import pytest

from crm.accounts import working_hours
from crm.accounts.auth import User
from crm.accounts.working_hours.models import WorkingHours
from crm.kernel import clock
from crm.kernel.actor import SYSTEM
from crm.kernel.app_context import AppContext
from crm.outbound import notifications
from crm.outbound.notifications import personal
from crm.records import leads, tasks
from crm.records.tasks import actions
from crm.records.tasks.forms import ChangeTask
from crm.workspace.reminders import jobs

FRIDAY = date(2026, 11, 27)
NOON = datetime(2026, 11, 27, 10, 0, tzinfo=UTC)  # 12:00 in Bucharest, where the organization is


@pytest.fixture
async def ada(clean: AppContext) -> User:
    async with clean.db.transaction() as conn:
        return await factories.create_user(conn)


async def add(context: AppContext, user: User, title: str = "Call", **values: Any) -> tasks.Task:
    form = tasks.NewTask(**{"title": title, "due_on": FRIDAY, "due_time": "12:00", "assignee_id": user.id, **values})
    with clock.at(NOON - timedelta(days=2)):
        async with context.db.transaction() as conn:
            return await tasks.create(conn, form, by=SYSTEM)


async def read_mails(context: AppContext) -> list[tuple[str, str, str]]:
    async with context.db.connection() as conn:
        rows = await conn.fetch("SELECT recipient, subject, body FROM mails ORDER BY id")
    return [tuple(row) for row in rows]


async def remind(context: AppContext, at: datetime) -> list[str]:
    """Run the jobs as the worker does at this moment. Returns the subjects of all mails so far."""
    with clock.at(at):
        await jobs.plan_reminders(context, {})
    await due_jobs.run(context, at)
    return [subject for _, subject, _ in await read_mails(context)]


async def keep(context: AppContext, user: User, **values: Any) -> None:
    async with context.db.transaction() as conn:
        await working_hours.store(conn, user.id, WorkingHours(**values))


async def test_a_reminder_comes_at_its_minute_to_the_assignee(clean: AppContext, ada: User):
    async with clean.db.transaction() as conn:
        lead = await leads.create(conn, leads.NewLead(name="Grace", title="Compiler audit"), by=SYSTEM)
    await add(clean, ada, lead_id=lead.id, note="About the offer")
    assert await remind(clean, NOON - timedelta(minutes=1)) == []
    assert await remind(clean, NOON) == ["12:00 Call"]
    [(recipient, _, body)] = await read_mails(clean)
    assert recipient == ada.email
    for words in ("12:00: Call", "For: Compiler audit", "About the offer", f"/leads/{lead.id}"):
        assert words in body


async def test_a_reminder_comes_once_whatever_is_restarted(clean: AppContext, ada: User):
    await add(clean, ada)
    with clock.at(NOON):
        await asyncio.gather(*(jobs.plan_reminders(clean, {}) for _ in range(3)))
    queued = [payload for name, payload, _ in await due_jobs.list_jobs(clean) if name == jobs.SEND_REMINDER]
    assert len(queued) == 1
    await remind(clean, NOON)
    with clock.at(NOON + timedelta(minutes=1)):
        await jobs.send_reminder(clean, queued[0])  # as a worker that did not hear of the end
    assert await remind(clean, NOON + timedelta(minutes=2)) == ["12:00 Call"]


async def choose(context: AppContext, user: User, *, target: str = "") -> None:
    """What the user has chosen under Your notifications."""
    async with context.db.transaction() as conn:
        await personal.save(conn, context, user, target=target, events=[], by=user.actor)


async def list_notifications(context: AppContext) -> list[tuple[str, str, str]]:
    async with context.db.connection() as conn:
        rows = await conn.fetch("SELECT title, body, path FROM notifications ORDER BY id")
    return [tuple(row) for row in rows]


async def test_a_reminder_goes_to_the_chat_that_somebody_has_chosen_and_nothing_in_it_is_markup(
    clean: AppContext, ada: User
):
    await choose(clean, ada, target="discord://4174216298/JHMHI8qBe7bk2ZwO5U711o3dV_js")
    async with clean.db.transaction() as conn:
        lead = await leads.create(conn, leads.NewLead(name="Grace", title="**Audit**"), by=SYSTEM)
    await add(clean, ada, "[Call](https://evil.example)", lead_id=lead.id, note="About\n<the offer>")
    with clock.at(NOON):
        await jobs.plan_reminders(clean, {})
        (reminder,) = [payload for name, payload, _ in await due_jobs.list_jobs(clean) if name == jobs.SEND_REMINDER]
        await jobs.send_reminder(clean, reminder)
    body = "12:00: ［Call］(https://evil.example)\nFor: ＊＊Audit＊＊\n\nAbout\n‹the offer›"
    sent = [("12:00 ［Call］(https://evil.example)", body, f"/leads/{lead.id}")]
    assert await list_notifications(clean) == sent
    assert await read_mails(clean) == []


async def test_a_reminder_goes_to_another_mailbox_once_whatever_is_restarted(clean: AppContext, ada: User):
    await choose(clean, ada, target="ada@phone.example")
    await add(clean, ada)
    with clock.at(NOON):
        await jobs.plan_reminders(clean, {})
        (reminder,) = [payload for name, payload, _ in await due_jobs.list_jobs(clean) if name == jobs.SEND_REMINDER]
        await asyncio.gather(*(jobs.send_reminder(clean, reminder) for _ in range(4)))
        await due_jobs.run(clean, NOON)
        await jobs.send_reminder(clean, reminder)  # as a worker that did not hear of the end
    assert await remind(clean, NOON + timedelta(minutes=2)) == ["12:00 Call"]
    assert [recipient for recipient, _, _ in await read_mails(clean)] == ["ada@phone.example"]
    assert len(await list_notifications(clean)) == 1


async def test_a_channel_that_is_off_gets_no_reminder_and_the_mailbox_does(clean: AppContext, ada: User):
    await choose(clean, ada, target="ada@phone.example")
    async with clean.db.transaction() as conn:
        await notifications.set_personal_active(conn, ada.id, active=False, by=SYSTEM)
    await add(clean, ada)
    assert await remind(clean, NOON) == ["12:00 Call"]
    assert [recipient for recipient, _, _ in await read_mails(clean)] == [ada.email]


async def test_a_worker_that_was_away_sends_what_came_meanwhile(clean: AppContext, ada: User):
    await add(clean, ada)
    assert await remind(clean, NOON + timedelta(hours=3)) == ["12:00 Call"]


async def test_a_task_that_is_put_off_is_reminded_of_again(clean: AppContext, ada: User):
    task = await add(clean, ada)
    await remind(clean, NOON)
    async with clean.db.transaction() as conn:
        await actions.change(conn, task, ChangeTask(due_time="14:00"), by=SYSTEM)
    assert await remind(clean, NOON + timedelta(hours=1)) == ["12:00 Call"]
    assert await remind(clean, NOON + timedelta(hours=2)) == ["12:00 Call", "14:00 Call"]


@pytest.mark.parametrize("what", ["done", "deleted", "moved", "handed over"])
async def test_what_is_settled_before_the_mail_leaves_is_not_sent(clean: AppContext, ada: User, what: str):
    task = await add(clean, ada)
    with clock.at(NOON):
        await jobs.plan_reminders(clean, {})
    async with clean.db.transaction() as conn:
        grace = await factories.create_user(conn, "Grace Hopper")
        if what == "done":
            await tasks.complete(conn, task, by=SYSTEM)
        elif what == "deleted":
            await actions.delete(conn, task, by=SYSTEM)
        else:
            change = (
                ChangeTask(due_on=FRIDAY + timedelta(days=3)) if what == "moved" else ChangeTask(assignee_id=grace.id)
            )
            await actions.change(conn, task, change, by=SYSTEM)
    await due_jobs.run(clean, NOON)
    assert await read_mails(clean) == []


async def test_quiet_hours_and_free_days_put_a_reminder_off(clean: AppContext, ada: User):
    await keep(clean, ada, quiet_from=time(11), quiet_until=time(13))
    await add(clean, ada)
    assert await remind(clean, NOON) == []
    assert await remind(clean, NOON + timedelta(hours=1)) == ["12:00 Call"]
    await keep(clean, ada, working_days=(1, 2, 3, 4))
    await add(clean, ada, "Write", due_time="15:00")
    assert await remind(clean, NOON + timedelta(hours=4)) == ["12:00 Call"]
    assert await remind(clean, NOON + timedelta(days=3)) == ["12:00 Call", "15:00 Write"]


async def test_quiet_hours_are_those_of_the_clock_of_the_person(clean: AppContext, ada: User):
    await keep(clean, ada, time_zone="America/New_York")
    await add(clean, ada)  # 05:00 in New York
    assert await remind(clean, NOON) == []
    assert await remind(clean, NOON + timedelta(hours=2)) == ["12:00 Call"]


async def test_some_tasks_need_no_reminder(clean: AppContext, ada: User):
    async with clean.db.transaction() as conn:
        gone = await factories.create_user(conn, "Grace Hopper")
        task = tasks.NewTask(title="Gone", due_on=FRIDAY, due_time="11:00", assignee_id=gone.id)
        with clock.at(NOON - timedelta(days=1)):
            await tasks.create(conn, task, by=SYSTEM)
        await conn.execute("UPDATE users SET disabled_at = now() WHERE id = $1", gone.id)
        late = tasks.NewTask(title="Late when it was added", due_on=FRIDAY, due_time="09:00", assignee_id=ada.id)
        with clock.at(NOON):
            await tasks.create(conn, late, by=SYSTEM)
    await add(clean, ada, "All day", due_time="")
    await add(clean, ada, "Nobody's", assignee_id=None)
    assert await remind(clean, NOON) == []
    await keep(clean, ada, reminders=False)
    await add(clean, ada)
    assert await remind(clean, NOON) == []


@pytest.mark.parametrize(
    ("day", "at", "moment"),
    [
        ("2026-10-23", "09:00", "2026-10-23T06:00"),  # summer time
        ("2026-10-26", "09:00", "2026-10-26T07:00"),  # after the change of Sunday the 25th
        ("2027-03-26", "09:00", "2027-03-26T07:00"),
        ("2027-03-29", "09:00", "2027-03-29T06:00"),  # after the change of Sunday the 28th
    ],
)
async def test_a_daily_task_keeps_its_time_over_a_change_of_the_clocks(
    clean: AppContext, ada: User, day: str, at: str, moment: str
):
    await add_at(clean, ada, day, at)
    due = datetime.fromisoformat(moment).replace(tzinfo=UTC)
    assert await remind(clean, due - timedelta(minutes=1)) == []
    assert await remind(clean, due) == [f"{at} Call"]


async def test_a_time_that_a_change_of_the_clocks_skips_comes_an_hour_later(clean: AppContext, ada: User):
    await keep(clean, ada, working_days=(7,), quiet_from=None, quiet_until=None)
    await add_at(clean, ada, "2027-03-28", "03:30")  # from 03:00 the clocks show 04:00
    before = datetime(2027, 3, 28, 0, 59, tzinfo=UTC)
    assert await remind(clean, before) == []
    assert await remind(clean, before + timedelta(minutes=31)) == ["03:30 Call"]


async def add_at(context: AppContext, user: User, day: str, at: str) -> None:
    form = tasks.NewTask(title="Call", due_on=date.fromisoformat(day), due_time=at, assignee_id=user.id)
    with clock.at(datetime(2026, 10, 1, tzinfo=UTC)):
        async with context.db.transaction() as conn:
            await tasks.create(conn, form, by=SYSTEM)
