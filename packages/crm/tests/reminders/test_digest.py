"""The digest of each working day, at 07:30 on the clock of each user."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, time, timedelta
from typing import Any

import due_jobs
import factories
import pytest

from crm.accounts import working_hours
from crm.accounts.auth import User
from crm.accounts.working_hours.models import WorkingHours
from crm.kernel import clock
from crm.kernel.actor import SYSTEM, VISITOR
from crm.kernel.app_context import AppContext
from crm.records import leads, tasks
from crm.workspace.erasure import actions as erasure
from crm.workspace.reminders import jobs

MORNING = datetime(2026, 11, 27, 5, 30, tzinfo=UTC)  # Friday, 07:30 in Bucharest


@pytest.fixture
async def ada(clean: AppContext) -> User:
    async with clean.db.transaction() as conn:
        return await factories.create_user(conn, at=MORNING - timedelta(days=60))


async def send(context: AppContext, at: datetime) -> list[tuple[str, str, str]]:
    """Run the jobs as the worker does at this moment. Returns all mails so far: recipient, subject, body."""
    with clock.at(at):
        await jobs.plan_digests(context, {})
    await due_jobs.run(context, at)
    async with context.db.connection() as conn:
        rows = await conn.fetch("SELECT recipient, subject, body FROM mails WHERE subject LIKE 'Today:%' ORDER BY id")
    return [tuple(row) for row in rows]


async def keep(context: AppContext, user: User, **values: Any) -> None:
    async with context.db.transaction() as conn:
        await working_hours.store(conn, user.id, WorkingHours(**values))


async def test_the_digest_says_what_waits(clean: AppContext, ada: User):
    with clock.at(MORNING - timedelta(hours=20)):
        async with clean.db.transaction() as conn:
            await leads.create(conn, leads.NewLead(name="Grace", title="Compiler audit"), by=VISITOR, channel="site")
            step = {"next_action": "Call Linus", "next_action_on": MORNING.date(), "owner_id": ada.id}
            await leads.create(conn, leads.NewLead(name="Linus", **step), by=SYSTEM)
            form = tasks.NewTask(title="Prepare", due_on=MORNING.date(), due_time="09:00", assignee_id=ada.id)
            await tasks.create(conn, form, by=SYSTEM)
            await factories.create_submission(conn, website="x", message="Spam")
    await due_jobs.run(clean, MORNING - timedelta(hours=19))
    async with clean.db.transaction() as conn:
        channel = await factories.create_channel(conn, clean)
        await conn.execute(
            "INSERT INTO notifications (channel_id, title, body, path, state, attempts, created_at)"
            " VALUES ($1, 'x', 'x', '/', 'failed', 1, now())",
            channel.id,
        )
    [(recipient, subject, body)] = await send(clean, MORNING)
    assert recipient == ada.email
    assert subject.startswith("Today: 1 enquiry to answer, 1 next step due, 2 tasks for today, next steps included")
    for line in (
        "- Grace: Compiler audit\n  http://crm.test/leads/", "- Call Linus (Linus)", "- 09:00 Prepare",
        "1 held as possible spam", "1 notification failed", "/inbox?tab=quarantine",
    ):  # fmt: skip
        assert line in body


async def test_the_digest_counts_every_task_and_lists_ten(clean: AppContext, ada: User):
    with clock.at(MORNING - timedelta(hours=20)):
        async with clean.db.transaction() as conn:
            for number in range(12):
                form = tasks.NewTask(title=f"Prepare {number}", due_on=MORNING.date(), assignee_id=ada.id)
                await tasks.create(conn, form, by=SYSTEM)
    [(_, subject, body)] = await send(clean, MORNING)
    assert subject == "Today: 12 tasks for today"
    assert body.count("- Prepare") == 10


async def test_members_read_nothing_of_what_only_owners_open(clean: AppContext, ada: User):
    async with clean.db.transaction() as conn:
        await factories.create_user(conn, "Grace", role="member", at=MORNING - timedelta(days=60))
        channel = await factories.create_channel(conn, clean)
        await conn.execute(
            "INSERT INTO notifications (channel_id, title, body, path, state, attempts, created_at)"
            " VALUES ($1, 'x', 'x', '/', 'failed', 1, now())",
            channel.id,
        )
    subjects = {recipient: subject for recipient, subject, _ in await send(clean, MORNING)}
    assert subjects == {ada.email: "Today: 1 notification failed", "grace@crm.test": "Today: nothing is waiting"}


async def test_a_digest_is_erased_with_the_person_whom_it_names(clean: AppContext, ada: User):
    with clock.at(MORNING - timedelta(hours=20)):
        async with clean.db.transaction() as conn:
            lead = await leads.create(conn, leads.NewLead(name="Grace Hopper"), by=VISITOR, channel="site")
    assert "Grace Hopper" in (await send(clean, MORNING))[0][2]
    async with clean.db.transaction() as conn:
        await leads.delete(conn, lead, by=SYSTEM)
        entry = await conn.fetchval("SELECT id FROM trash")
        await erasure.delete_permanently(conn, entry, "Grace Hopper")
        assert await conn.fetchval("SELECT count(*) FROM mails") == 0


async def test_a_quiet_day_has_a_digest_too(clean: AppContext, ada: User):
    [(_, subject, body)] = await send(clean, MORNING)
    assert subject == "Today: nothing is waiting"
    assert "Nothing is waiting for you today." in body
    assert "If it stays away, no worker runs" in body


async def test_it_comes_once_a_day_whatever_is_restarted(clean: AppContext, ada: User):
    with clock.at(MORNING):
        await asyncio.gather(*(jobs.plan_digests(clean, {}) for _ in range(3)))
    queued = [payload for name, payload, _ in await due_jobs.list_jobs(clean) if name == jobs.SEND_DIGEST]
    assert len(queued) == 1
    assert len(await send(clean, MORNING)) == 1
    await jobs.send_digest(clean, queued[0])
    assert len(await send(clean, MORNING + timedelta(hours=2))) == 1


async def test_it_comes_late_when_the_worker_was_away_but_not_at_night(clean: AppContext, ada: User):
    assert await send(clean, MORNING - timedelta(minutes=1)) == []
    assert await send(clean, MORNING + timedelta(hours=13)) == []
    assert len(await send(clean, MORNING + timedelta(hours=4))) == 1


async def test_half_past_seven_is_that_of_each_user(clean: AppContext, ada: User):
    async with clean.db.transaction() as conn:
        grace = await factories.create_user(conn, "Grace Hopper", at=MORNING - timedelta(days=60))
    await keep(clean, grace, time_zone="America/New_York")
    assert [recipient for recipient, _, _ in await send(clean, MORNING)] == [ada.email]
    mails = await send(clean, MORNING + timedelta(hours=7))
    assert [recipient for recipient, _, _ in mails] == [ada.email, grace.email]


@pytest.mark.parametrize(
    ("values", "hours", "number"),
    [
        ({"digest": False}, 1, 0),
        ({"working_days": (1, 2, 3, 4)}, 1, 0),
        ({"quiet_from": time(20), "quiet_until": time(9)}, 1, 0),
        ({"quiet_from": time(20), "quiet_until": time(9)}, 2, 1),
    ],
)
async def test_it_keeps_to_the_working_hours(
    clean: AppContext, ada: User, values: dict[str, Any], hours: int, number: int
):
    await keep(clean, ada, **values)
    assert len(await send(clean, MORNING + timedelta(hours=hours))) == number


async def test_viewers_newcomers_and_those_who_left_get_none(clean: AppContext):
    async with clean.db.transaction() as conn:
        early = MORNING - timedelta(days=60)
        await factories.create_user(conn, "Vera Viewer", role="viewer", at=early)
        await factories.create_user(conn, "Nora Newcomer", at=MORNING + timedelta(minutes=5))
        left = await factories.create_user(conn, "Lena Left", at=early)
        await conn.execute("UPDATE users SET disabled_at = now() WHERE id = $1", left.id)
    assert await send(clean, MORNING + timedelta(minutes=10)) == []


async def test_the_rows_of_sent_mails_are_forgotten(clean: AppContext, ada: User):
    await send(clean, MORNING)
    with clock.at(MORNING + timedelta(days=40)):
        await jobs.forget(clean, {})
    async with clean.db.connection() as conn:
        assert await conn.fetchval("SELECT count(*) FROM digests") == 0
