from __future__ import annotations

import asyncio

import httpx
import pytest
from conftest import environment, serving

from crm.config import load
from crm.kernel import schema
from crm.kernel.app_context import AppContext
from crm.monitoring import health, heartbeat
from crm.monitoring.health import Prober


async def test_a_well_service_says_so_with_version_commit_and_parts(client: httpx.AsyncClient, clean: AppContext):
    async with clean.db.connection() as conn:
        await heartbeat.beat(conn, clean, "worker")
    answer = await client.get("/api/v1/health")
    assert answer.status_code == 200
    health = answer.json()
    assert health["commit"] == "0" * 40
    assert [health[part]["state"] for part in ("database", "migrations", "worker")] == ["ok", "ok", "ok"]
    assert answer.headers["cache-control"] == "no-store"


async def test_a_silent_worker_is_reported_but_does_not_undo_a_deploy(client: httpx.AsyncClient):
    answer = await client.get("/api/v1/health")
    assert answer.status_code == 200
    assert answer.json()["worker"]["state"] == "late"


async def test_a_database_that_is_away_gives_503_and_the_process_stays_live():
    settings = load(environment("postgresql://nobody@127.0.0.1:1/none"))
    async with serving(settings) as client:
        answer = await client.get("/api/v1/health")
        assert answer.status_code == 503
        assert answer.json()["database"]["state"] == "unreachable"
        assert (await client.get("/api/v1/live")).status_code == 200


async def test_a_schema_that_lags_behind_is_unhealthy_and_says_what_to_run(
    client: httpx.AsyncClient, clean: AppContext
):
    async with clean.db.connection() as conn:
        await conn.execute("UPDATE alembic_version SET version_num = '0001'")
        try:
            answer = await client.get("/api/v1/health")
        finally:
            await conn.execute("UPDATE alembic_version SET version_num = $1", schema.HEAD)
    assert answer.status_code == 503
    assert "crm migrate" in answer.json()["migrations"]["detail"]


async def test_of_many_who_ask_at_once_each_is_answered(clean: AppContext, monkeypatch: pytest.MonkeyPatch):
    # What is promised is an answer for each; how soon one comes depends on the machine.
    monkeypatch.setattr(health, "TIMEOUT_S", 60)
    prober, asking = Prober(clean), []
    for _ in range(500):
        asking.append(asyncio.create_task(prober.look()))
        await asyncio.sleep(0)  # so that somebody asks at every turn of the loop
    results = await asyncio.gather(*asking)
    await prober.close()
    assert {each.database.state for each in results} == {"ok"}
