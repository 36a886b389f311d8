from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import factories
import httpx
import pytest
from conftest import environment, serving

from crm.config import load
from crm.kernel import clock, jobs
from crm.kernel.app_context import AppContext
from crm.monitoring import job_runs

Keyed = Callable[..., Awaitable[httpx.AsyncClient]]
API = "/api/v1/operations"
BACKUP = {"name": "000042", "taken_at": "2026-03-01T03:00:00Z", "bytes": 48_000, "destination": "s3://safe/crm"}
RESTORE = {
    "name": "000042", "taken_at": "2026-03-01T03:00:00Z", "proven_at": "2026-03-01T04:00:00Z",
    "recovery_seconds": 3.25, "data_age_seconds": 3600, "tables": 21, "rows": 1200, "proven": True, "findings": [],
}  # fmt: skip


@pytest.fixture
async def program(keyed: Keyed) -> httpx.AsyncClient:
    return await keyed("operations:read", "operations:write")


async def test_a_fresh_service_has_no_backup_and_no_proof(program: httpx.AsyncClient, context: AppContext):
    status = (await program.get(API)).json()
    assert (status["last_backup"], status["last_restore"]) == (None, None)
    assert status["jobs"] == []
    assert status["queue"] == {"waiting": 0, "failed": 0, "oldest_seconds": None}
    assert status["commit"] == "0" * 40
    assert status["started_at"] <= clock.now().isoformat()
    assert status["memory"]["used_bytes"] > 10_000_000
    assert status["storage"]["database_bytes"] > 1_000_000
    assert status["storage"]["limit_bytes"] is None


async def test_the_plan_of_the_host_bounds_the_database(database_url: str, clean: AppContext):
    async with clean.db.transaction() as conn:
        _, secret = await factories.create_api_key(conn, "operations:read")
    async with serving(load(environment(database_url, DATABASE_LIMIT_MB="5000"))) as client:
        answer = await client.get(API, headers={"authorization": f"Bearer {secret}"})
    assert answer.json()["storage"]["limit_bytes"] == 5_000_000_000


async def test_what_is_reported_is_shown_the_newest_of_each(program: httpx.AsyncClient):
    older = {"name": "000041", "taken_at": "2026-02-28T03:00:00Z"}
    for backup in (BACKUP, BACKUP | older):
        assert (await program.post(f"{API}/backups", json=backup)).status_code == 201
    failed = RESTORE | {"proven_at": "2026-03-01T05:00:00Z", "proven": False, "findings": ["leads: 3 rows are missing"]}
    for restore in (RESTORE, failed):
        assert (await program.post(f"{API}/restores", json=restore)).status_code == 201
    status = (await program.get(API)).json()
    assert status["last_backup"] == BACKUP
    assert status["last_restore"] == {name: RESTORE[name] for name in RESTORE if name not in ("proven", "findings")}


async def test_telling_twice_is_telling_once(program: httpx.AsyncClient, context: AppContext):
    first = await program.post(f"{API}/backups", json=BACKUP)
    again = await program.post(f"{API}/backups", json=BACKUP | {"bytes": 1})
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json() == again.json() == BACKUP
    for rows in (1200, 7):
        answer = await program.post(f"{API}/restores", json=RESTORE | {"rows": rows})
        assert answer.json()["rows"] == 1200
    async with context.db.connection() as conn:
        assert await conn.fetchval("SELECT count(*) FROM backups") == 1
        assert await conn.fetchval("SELECT count(*) FROM restores") == 1


@pytest.mark.parametrize(("method", "path"), [("GET", ""), ("POST", "/backups"), ("POST", "/restores")])
async def test_only_a_key_with_the_scope_enters(client: httpx.AsyncClient, keyed: Keyed, method: str, path: str):
    assert (await client.request(method, API + path)).status_code == 401
    other, reader = await keyed("leads:write", "webhooks:read"), await keyed("operations:read")
    assert (await other.request(method, API + path)).status_code == 403
    if method == "POST":
        assert (await reader.request(method, API + path, json=BACKUP)).status_code == 403


@pytest.mark.parametrize(
    ("where", "whole", "changes", "field"),
    [
        ("backups", BACKUP, {"name": ""}, "name"), ("backups", BACKUP, {"name": "x" * 121}, "name"),
        ("backups", BACKUP, {"bytes": -1}, "bytes"), ("backups", BACKUP, {"bytes": "many"}, "bytes"),
        ("backups", BACKUP, {"bytes": 2**63}, "bytes"), ("backups", BACKUP, {"taken_at": "yesterday"}, "taken_at"),
        ("backups", BACKUP, {"taken_at": "2026-03-01T03:00:00"}, "taken_at"),
        ("backups", BACKUP, {"color": "red"}, "color"), ("restores", RESTORE, {"proven": "yes"}, "proven"),
        ("restores", RESTORE, {"recovery_seconds": -0.1}, "recovery_seconds"),
        ("restores", RESTORE, {"tables": 2**31}, "tables"), ("restores", RESTORE, {"findings": "none"}, "findings"),
        ("restores", RESTORE, {"findings": ["x" * 501]}, "findings"),
    ],
)  # fmt: skip
async def test_what_is_malformed_is_refused_with_the_field_named(
    program: httpx.AsyncClient, where: str, whole: dict[str, Any], changes: dict[str, Any], field: str
):
    answer = await program.post(f"{API}/{where}", json=whole | changes)
    assert answer.status_code == 422
    assert field in {error["field"] for error in answer.json()["errors"]}


@pytest.mark.parametrize(("where", "fields"), [("backups", set(BACKUP)), ("restores", set(RESTORE) - {"findings"})])
async def test_all_that_is_missing_is_named_at_once(program: httpx.AsyncClient, where: str, fields: set[str]):
    answer = await program.post(f"{API}/{where}", json={})
    assert {error["field"] for error in answer.json()["errors"]} == fields


async def test_jobs_that_are_late_or_failed_are_reported(program: httpx.AsyncClient, context: AppContext):
    now = clock.now()
    async with context.db.connection() as conn:
        clocked = [(name, "7 4 * * *", timedelta(hours=1)) for name in ("late", "new", "well")]
        await job_runs.register(conn, clocked)
        await job_runs.record_start(conn, "late", now - timedelta(hours=3))
        await job_runs.record_end(conn, "late", now - timedelta(hours=2))
        await job_runs.record_end(conn, "late", now, "OSError: no room")
        await job_runs.record_end(conn, "well", now)
    jobs = {job["name"]: job for job in (await program.get(API)).json()["jobs"]}
    assert {name: job["late"] for name, job in jobs.items()} == {"late": True, "new": False, "well": False}
    assert jobs["late"]["last_error"] == "OSError: no room"
    assert jobs["late"]["schedule"] == "7 4 * * *"
    assert jobs["new"]["last_succeeded_at"] is None


async def test_the_queue_counts_what_is_due_and_what_was_given_up(program: httpx.AsyncClient, context: AppContext):
    now = clock.now()
    async with context.db.transaction() as conn:
        await jobs.enqueue(conn, "deliver_webhook", {}, at=now - timedelta(minutes=5))
        await jobs.enqueue(conn, "deliver_webhook", {}, at=now + timedelta(hours=1))
        await jobs.enqueue(conn, "send_notification", {})
        await conn.execute("UPDATE pgqueuer SET status = 'failed' WHERE entrypoint = 'send_notification'")
    queue = (await program.get(API)).json()["queue"]
    assert (queue["waiting"], queue["failed"]) == (1, 1)
    assert 300 <= queue["oldest_seconds"] < 900
