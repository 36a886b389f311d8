from __future__ import annotations

from datetime import timedelta

import cast
import httpx
import pytest

from crm.kernel import clock
from crm.kernel.app_context import AppContext
from crm.kernel.db import Connection
from crm.monitoring import heartbeat, job_runs
from crm.operations.formatting import often

HERE = "/operations"


async def held_job(conn: Connection) -> int:
    """A job that was given up, as the engine leaves it."""
    number: int = await conn.fetchval(
        "INSERT INTO pgqueuer (priority, entrypoint, status, attempts) VALUES (0, 'deliver_webhook', 'failed', 6)"
        " RETURNING id"
    )
    await conn.execute(
        "INSERT INTO pgqueuer_log (job_id, status, entrypoint, priority, traceback)"
        " VALUES ($1, 'failed', 'deliver_webhook', 0, $2)",
        number, {"exception_type": "ValueError", "exception_message": "<stuck>"},
    )  # fmt: skip
    return number


async def test_the_page_says_whether_a_worker_lives(signed_in: httpx.AsyncClient, clean: AppContext):
    assert "No worker has run yet." in (await signed_in.get(HERE)).text
    async with clean.db.connection() as conn:
        await heartbeat.beat(conn, clean, "worker")
    page = (await signed_in.get(HERE)).text
    assert "Working" in page
    assert "Nothing was given up" in page


async def test_a_job_that_was_given_up_is_seen_on_every_page_and_tried_again(
    signed_in: httpx.AsyncClient, clean: AppContext
):
    async with clean.db.connection() as conn:
        number = await held_job(conn)
    assert f'<a href="{HERE}">Operations</a>.' in (await signed_in.get("/profile")).text
    page = (await signed_in.get(HERE)).text
    assert "ValueError: &lt;stuck&gt;" in page
    assert (await signed_in.post(f"{HERE}/jobs/{number}/again")).status_code == 303
    assert "Nothing was given up" in (await signed_in.get(HERE)).text
    assert (await signed_in.post(f"{HERE}/jobs/{number}/again")).status_code == 404


@pytest.mark.parametrize(("age", "word"), [(timedelta(minutes=1), "In time"), (timedelta(hours=2), "Late")])
async def test_a_recurring_job_shows_whether_it_ran_in_time(
    signed_in: httpx.AsyncClient, clean: AppContext, age: timedelta, word: str
):
    async with clean.db.connection() as conn:
        await job_runs.register(conn, [("tidy_jobs", "23 * * * *", timedelta(hours=1))])
        await job_runs.record_end(conn, "tidy_jobs", clock.now() - age)
    page = (await signed_in.get(HERE)).text
    assert "Tidy jobs" in page
    assert "hourly at :23" in page
    assert word in page


async def test_a_stranger_sees_nothing_of_it(client: httpx.AsyncClient):
    assert (await client.get(HERE)).status_code == 303
    assert (await client.post(f"{HERE}/jobs/1/again")).status_code == 303


async def test_a_service_without_any_proof_says_the_exact_command_to_get_one(signed_in: httpx.AsyncClient):
    page = (await signed_in.get(HERE)).text
    assert "Never proven" in page
    assert "<code>ops backup drill</code>" in page
    assert "<code>ops backup create</code>" in page


async def test_the_last_backup_and_the_last_proven_restore_are_shown_with_their_age(
    signed_in: httpx.AsyncClient, clean: AppContext
):
    async with clean.db.transaction() as conn:
        await cast.backup(conn, name="000041-old", taken_at=clock.now() - timedelta(days=3))
        await cast.backup(conn, name="000042-new", taken_at=clock.now() - timedelta(hours=5, minutes=2))
        await cast.restore(conn, name="000041-old", proven_at=clock.now() - timedelta(days=2, hours=1))
    page = (await signed_in.get(HERE)).text
    assert '<p class="figure">2 days ago</p>' in page
    assert '<p class="figure">5 h ago</p>' in page
    assert "Never proven" not in page
    assert "1,200 rows of 21 tables" in page
    assert "000042-new" in page


async def test_a_drill_that_failed_is_loud_and_takes_nothing_from_the_last_proof(
    signed_in: httpx.AsyncClient, clean: AppContext
):
    async with clean.db.transaction() as conn:
        await cast.restore(conn, name="000041", proven_at=clock.now() - timedelta(days=2))
        await cast.restore(conn, name="000042", proven=False, findings=["leads: <3> rows are missing"])
    page = (await signed_in.get(HERE)).text
    assert "The drill of 000042" in page
    assert "leads: &lt;3&gt; rows are missing" in page
    assert '<p class="figure">2 days ago</p>' in page


@pytest.mark.parametrize(
    ("backup", "drill", "words"),
    [
        (timedelta(hours=2), timedelta(days=3), ("In time", "Proven")),
        (timedelta(days=2), timedelta(days=40), ("Late", "Out of date")),
    ],
)
async def test_backups_and_proofs_that_are_too_old_are_marked(
    signed_in: httpx.AsyncClient, clean: AppContext, backup: timedelta, drill: timedelta, words: tuple[str, str]
):
    async with clean.db.transaction() as conn:
        await cast.backup(conn, taken_at=clock.now() - backup)
        await cast.restore(conn, proven_at=clock.now() - drill)
    page = (await signed_in.get(HERE)).text
    assert all(f">{word}</span>" in page for word in words)


@pytest.mark.parametrize(
    ("cron", "said"),
    [
        ("* * * * *", "every minute"),
        ("7 * * * *", "hourly at :07"),
        ("53 3 * * *", "daily at 03:53"),
        ("*/5 * * * *", "*/5 * * * *"),
        ("0 4 * * 1", "0 4 * * 1"),
        ("", ""),
    ],
)
def test_a_schedule_is_said_in_words_or_as_it_was_written(cron: str, said: str):
    assert often(cron) == said
