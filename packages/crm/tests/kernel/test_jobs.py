from __future__ import annotations

from datetime import timedelta

import due_jobs
import pytest

from crm.kernel import clock, jobs
from crm.kernel.app_context import AppContext
from crm.kernel.db import Connection


async def test_a_job_exists_once_its_transaction_commits(clean: AppContext):
    async with clean.db.transaction() as conn:
        await jobs.enqueue(conn, "greet", {"name": "Ada"}, {"name": "Grace"})
        assert await due_jobs.list_jobs(clean) == []
    assert [(name, payload) for name, payload, _ in await due_jobs.list_jobs(clean)] == [
        ("greet", {"name": "Ada"}),
        ("greet", {"name": "Grace"}),
    ]


async def test_a_job_of_a_change_that_fails_never_was(clean: AppContext):
    with pytest.raises(ZeroDivisionError):
        async with clean.db.transaction() as conn:
            await jobs.enqueue(conn, "greet", {})
            raise ZeroDivisionError
    assert await due_jobs.list_jobs(clean) == []


async def test_a_job_for_later_is_not_due_before(clean: AppContext):
    later = clock.now() + timedelta(hours=1)
    async with clean.db.connection() as conn:
        await jobs.enqueue(conn, "greet", {}, at=later)
    assert await due_jobs.list_jobs(clean, later - timedelta(seconds=1)) == []
    assert len(await due_jobs.list_jobs(clean, later)) == 1


async def test_what_people_wait_for_comes_first(clean: AppContext):
    async with clean.db.connection() as conn:
        await jobs.enqueue(conn, "bulk", {})
        await jobs.enqueue(conn, "bell", {}, priority=jobs.SOON)
    assert [name for name, _, _ in await due_jobs.list_jobs(clean)] == ["bell", "bulk"]


async def test_enqueueing_nothing_costs_nothing(clean: AppContext):
    async with clean.db.connection() as conn:
        await jobs.enqueue(conn, "greet")
    assert await due_jobs.list_jobs(clean) == []


async def put(conn: Connection, name: str, status: str, attempts: int) -> int:
    """A job as the engine leaves it."""
    number: int = await conn.fetchval(
        "INSERT INTO pgqueuer (priority, entrypoint, status, attempts) VALUES (0, $1, $2, $3) RETURNING id",
        name, status, attempts,
    )  # fmt: skip
    return number


async def test_old_records_of_the_engine_are_tidied_and_those_of_held_jobs_kept(clean: AppContext):
    async with clean.db.connection() as conn:
        held = await put(conn, "greet", "failed", 6)
        for number in (held, held + 1000):
            await conn.execute(
                "INSERT INTO pgqueuer_log (job_id, status, entrypoint, priority, created) "
                "VALUES ($1, 'failed', 'greet', 0, $2)",
                number, clock.now() - timedelta(days=8),
            )  # fmt: skip
    await jobs.tidy(clean, {})
    async with clean.db.connection() as conn:
        assert [row["job_id"] for row in await conn.fetch("SELECT job_id FROM pgqueuer_log")] == [held]
        assert [job.id for job in await jobs.list_failed(conn)] == [held]


async def test_a_job_held_before_its_tries_were_used_up_is_put_back(clean: AppContext):
    async with clean.db.connection() as conn:
        await put(conn, "early", "failed", 2)
        await put(conn, "done", "failed", 6)
        await jobs.restore_interrupted(conn)
        rows = await conn.fetch("SELECT entrypoint, status::text, attempts FROM pgqueuer ORDER BY id")
    assert [tuple(row) for row in rows] == [("early", "queued", 3), ("done", "failed", 6)]


async def test_a_held_job_can_be_tried_again_once(clean: AppContext):
    async with clean.db.connection() as conn:
        number = await put(conn, "greet", "failed", 6)
        assert await jobs.try_again(conn, number)
        assert not await jobs.try_again(conn, number)
        assert await jobs.list_failed(conn) == []
        assert await conn.fetchval("SELECT attempts FROM pgqueuer WHERE id = $1", number) == 0
