from __future__ import annotations

import re
from datetime import timedelta

import factories
import httpx
import msgspec
import pytest

from crm.kernel import clock
from crm.kernel.app_context import AppContext
from crm.kernel.db import Connection
from crm.monitoring import heartbeat, job_runs
from crm.monitoring.memory import Memory
from crm.workspace.operations import actions
from crm.workspace.operations.checks import run_checks
from crm.workspace.operations.formatting import format_schedule
from crm.workspace.operations.models import Queue

PAGE = "/operations"


async def add_failed_job(conn: Connection) -> int:
    """Add a failed job, as the engine stores it."""
    job_id: int = await conn.fetchval(
        "INSERT INTO pgqueuer (priority, entrypoint, status, attempts) VALUES (0, 'deliver_webhook', 'failed', 6)"
        " RETURNING id"
    )
    await conn.execute(
        "INSERT INTO pgqueuer_log (job_id, status, entrypoint, priority, traceback)"
        " VALUES ($1, 'failed', 'deliver_webhook', 0, $2)",
        job_id, {"exception_type": "ValueError", "exception_message": "<stuck>"},
    )  # fmt: skip
    return job_id


async def test_the_page_says_whether_a_worker_is_running(signed_in: httpx.AsyncClient, clean: AppContext):
    assert "No worker has started yet." in (await signed_in.get(PAGE)).text
    async with clean.db.connection() as conn:
        await heartbeat.beat(conn, clean, "worker")
    page = (await signed_in.get(PAGE)).text
    assert ">Running</span>" in page
    assert "No failed jobs" in page


async def test_a_failed_job_shows_on_every_page_and_can_be_retried(signed_in: httpx.AsyncClient, clean: AppContext):
    async with clean.db.connection() as conn:
        job_id = await add_failed_job(conn)
    assert f'<a href="{PAGE}">Operations</a>.' in (await signed_in.get("/profile")).text
    page = (await signed_in.get(PAGE)).text
    assert "ValueError: &lt;stuck&gt;" in page
    assert (await signed_in.post(f"{PAGE}/jobs/{job_id}/again")).status_code == 303
    assert "No failed jobs" in (await signed_in.get(PAGE)).text
    assert (await signed_in.post(f"{PAGE}/jobs/{job_id}/again")).status_code == 404


@pytest.mark.parametrize(("age", "word"), [(timedelta(minutes=1), "On time"), (timedelta(hours=2), "Late")])
async def test_a_scheduled_job_shows_whether_it_is_on_time(
    signed_in: httpx.AsyncClient, clean: AppContext, age: timedelta, word: str
):
    async with clean.db.connection() as conn:
        await job_runs.register(conn, [("tidy_jobs", "23 * * * *", timedelta(hours=1))])
        await job_runs.record_end(conn, "tidy_jobs", clock.now() - age)
    page = (await signed_in.get(PAGE)).text
    assert "Clean up finished jobs" in page
    assert "hourly at :23" in page
    assert word in page


async def test_what_is_not_normal_stands_open_and_first_and_the_rest_is_folded(
    signed_in: httpx.AsyncClient, clean: AppContext
):
    async with clean.db.connection() as conn:
        await heartbeat.beat(conn, clean, "worker")
        await factories.create_backup(conn, taken_at=clock.now() - timedelta(days=3))
        await add_failed_job(conn)
    attention, normal = (await signed_in.get(PAGE)).text.split('id="normal"')
    assert re.findall(r'<details class="fold" id="([^"]+)" open', attention) == ["failed-jobs", "backup"]
    assert re.findall(r'<details class="fold" id="([^"]+)"( open)?', normal) == [
        (name, "") for name in ("worker", "schedule", "queue", "restore-test", "resources")
    ]


async def test_a_fresh_system_on_a_laptop_has_nothing_to_mend_and_no_column_of_never(
    signed_in: httpx.AsyncClient, clean: AppContext
):
    async with clean.db.connection() as conn:
        await heartbeat.beat(conn, clean, "worker")
        await job_runs.register(conn, [("tidy_jobs", "23 * * * *", timedelta(hours=1))])
    page = (await signed_in.get(PAGE)).text
    assert "All 7 checks are normal." in page
    assert "Needs attention" not in page
    assert "Never" not in page


@pytest.mark.parametrize(("is_production", "tone"), [(True, "warn"), (False, "")])
async def test_a_missing_backup_needs_attention_in_production_alone(clean: AppContext, is_production: bool, tone: str):
    async with clean.db.connection() as conn:
        status = await actions.read_status(conn, clean)
    checks = run_checks(
        status, restore_test=None, worker_seen=clock.now(), recurring=[], failed_jobs=[], is_production=is_production
    )
    assert {check.name: check.tone for check in checks if check.name in ("backup", "restore_test")} == {
        "backup": tone, "restore_test": tone,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("seconds", "used", "expected"),
    [(1, 10, set()), (400, 10, {"queue"}), (1, 80, {"resources"}), (400, 95, {"queue", "resources"})],
)
async def test_a_slow_queue_and_a_full_memory_need_attention(
    clean: AppContext, seconds: int, used: int, expected: set[str]
):
    async with clean.db.connection() as conn:
        status = await actions.read_status(conn, clean)
    status = msgspec.structs.replace(status, queue=Queue(1, 0, seconds), memory=Memory(used, 100))
    checks = run_checks(
        status, restore_test=None, worker_seen=clock.now(), recurring=[], failed_jobs=[], is_production=False
    )
    assert {check.name for check in checks if check.needs_attention} == expected


async def test_a_visitor_must_sign_in(client: httpx.AsyncClient):
    assert (await client.get(PAGE)).status_code == 303
    assert (await client.post(f"{PAGE}/jobs/1/again")).status_code == 303


async def test_without_a_backup_the_page_shows_the_commands(signed_in: httpx.AsyncClient):
    page = (await signed_in.get(PAGE)).text
    assert "No restore test yet" in page
    assert "<code>ops backup drill</code>" in page
    assert "<code>ops backup create</code>" in page


async def test_the_last_backup_and_restore_test_show_their_age(signed_in: httpx.AsyncClient, clean: AppContext):
    async with clean.db.transaction() as conn:
        await factories.create_backup(conn, name="000041-old", taken_at=clock.now() - timedelta(days=3))
        await factories.create_backup(conn, name="000042-new", taken_at=clock.now() - timedelta(hours=5, minutes=2))
        await factories.create_restore_test(conn, name="000041-old", proven_at=clock.now() - timedelta(days=2, hours=1))
    page = (await signed_in.get(PAGE)).text
    assert "Last passed 2 days ago" in page
    assert "Last backup 5 h ago" in page
    assert "No restore test yet" not in page
    assert "1,200 rows in 21 tables" in page
    assert "000042-new" in page


async def test_a_failed_restore_test_shows_first_with_the_last_one_that_passed(
    signed_in: httpx.AsyncClient, clean: AppContext
):
    async with clean.db.transaction() as conn:
        await factories.create_restore_test(conn, name="000041", proven_at=clock.now() - timedelta(days=2))
        await factories.create_restore_test(conn, name="000042", proven=False, findings=["leads: <3> rows are missing"])
    page = (await signed_in.get(PAGE)).text
    assert "The restore test of 000042" in page.split("Normal")[0]
    assert "leads: &lt;3&gt; rows are missing" in page
    assert "000041 was restored and compared row by row." in page


@pytest.mark.parametrize(
    ("backup", "drill", "words"),
    [
        (timedelta(hours=2), timedelta(days=3), ("On time", "Passed")),
        (timedelta(days=2), timedelta(days=40), ("Late", "Out of date")),
    ],
)
async def test_old_backups_and_restore_tests_are_marked(
    signed_in: httpx.AsyncClient, clean: AppContext, backup: timedelta, drill: timedelta, words: tuple[str, str]
):
    async with clean.db.transaction() as conn:
        await factories.create_backup(conn, taken_at=clock.now() - backup)
        await factories.create_restore_test(conn, proven_at=clock.now() - drill)
    page = (await signed_in.get(PAGE)).text
    assert all(f">{word}</span>" in page for word in words)


@pytest.mark.parametrize(
    ("cron", "text"),
    [
        ("* * * * *", "every minute"),
        ("7 * * * *", "hourly at :07"),
        ("53 3 * * *", "daily at 03:53"),
        ("*/5 * * * *", "*/5 * * * *"),
        ("0 4 * * 1", "0 4 * * 1"),
        ("", ""),
    ],
)
def test_a_schedule_is_formatted_or_stays_as_it_is(cron: str, text: str):
    assert format_schedule(cron) == text
