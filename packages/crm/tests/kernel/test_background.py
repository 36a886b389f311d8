from __future__ import annotations

from datetime import timedelta

import httpx
import pytest

from crm.kernel import clock, heartbeat
from crm.kernel.db import Connection
from crm.kernel.house import House

HERE = "/settings/background"


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


async def test_the_page_says_whether_a_worker_lives(signed_in: httpx.AsyncClient, clean: House):
    assert "No worker has run yet." in (await signed_in.get(HERE)).text
    async with clean.db.connection() as conn:
        await heartbeat.beat(conn, clean, "worker")
    page = (await signed_in.get(HERE)).text
    assert "Working" in page
    assert "Nothing was given up" in page


async def test_a_job_that_was_given_up_is_seen_on_every_page_and_tried_again(
    signed_in: httpx.AsyncClient, clean: House
):
    async with clean.db.connection() as conn:
        number = await held_job(conn)
    assert f'<a href="{HERE}">Background work</a>' in (await signed_in.get("/profile")).text
    page = (await signed_in.get(HERE)).text
    assert "ValueError: &lt;stuck&gt;" in page
    assert (await signed_in.post(f"{HERE}/{number}/again")).status_code == 303
    assert "Nothing was given up" in (await signed_in.get(HERE)).text
    assert (await signed_in.post(f"{HERE}/{number}/again")).status_code == 404


@pytest.mark.parametrize(("age", "word"), [(timedelta(minutes=1), "In time"), (timedelta(hours=2), "Late")])
async def test_a_recurring_job_shows_whether_it_ran_in_time(
    signed_in: httpx.AsyncClient, clean: House, age: timedelta, word: str
):
    async with clean.db.connection() as conn:
        await conn.execute(
            "INSERT INTO job_runs (name, every, succeeded_at) VALUES ('tidy_jobs', $1, $2)",
            timedelta(hours=1), clock.now() - age,
        )  # fmt: skip
    page = (await signed_in.get(HERE)).text
    assert "Tidy jobs" in page
    assert word in page


async def test_a_stranger_sees_nothing_of_it(client: httpx.AsyncClient):
    assert (await client.get(HERE)).status_code == 303
    assert (await client.post(f"{HERE}/1/again")).status_code == 303
