"""A system that tests break: a database of its own, programs that are killed, and a lock before each insert."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
import httpx
from running_system import CrmProcess
from site_client import CHOICES, GRACE
from wait_for import wait_for

from ops.dev.settings import Settings

LOCK = 42
"""The advisory lock that a new row has to pass."""
ENQUIRIES = 200
VISITORS = 8


class CrashSystem:
    """`sql` looks into the database; it is lost, as everybody's is, when PostgreSQL falls."""

    def __init__(self, where: Settings, database_url: str, sql: asyncpg.Connection[Any]) -> None:
        self.where = where
        self.database_url = database_url
        self.sql = sql

    def crm(self, command: str = "serve", **given: str) -> CrmProcess:
        """Another process on this database, not yet started."""
        return CrmProcess(self.where, self.database_url, command, **given)

    async def send(self, client: httpx.AsyncClient, key: str) -> httpx.Response:
        """An enquiry with this key, as the form's script sends it; who writes and what follow from the key."""
        enquiry = {
            **GRACE,
            **CHOICES,
            "email": f"grace@{key}.example",
            "company": key,
            "message": f"Please help {key}.",
        }
        headers = {"origin": self.where.site_url, "idempotency-key": key, "accept": "application/json"}
        return await client.post(f"{self.where.crm_url}/api/leads", json=enquiry, headers=headers)

    async def list_references(self, table: str) -> list[str]:
        """Of all leads or submissions, sorted, each as often as it is there."""
        rows = await self.sql.fetch(f"SELECT reference FROM {table} ORDER BY reference")
        return [row["reference"] for row in rows]

    @asynccontextmanager
    async def block_inserts(self, table: str = "leads") -> AsyncIterator[None]:
        """Closed for the length of the block: whoever inserts into `table` waits there, for four seconds at most."""
        await self.sql.execute(
            f"""
            CREATE OR REPLACE FUNCTION wait_for_lock() RETURNS trigger LANGUAGE plpgsql
            AS 'BEGIN PERFORM pg_advisory_xact_lock_shared({LOCK}); RETURN NEW; END';
            CREATE OR REPLACE TRIGGER wait_for_lock BEFORE INSERT ON {table}
            FOR EACH ROW EXECUTE FUNCTION wait_for_lock();
            """
        )
        await self.sql.execute("SELECT pg_advisory_lock($1)", LOCK)
        try:
            yield
        finally:
            await self.sql.execute("SELECT pg_advisory_unlock($1)", LOCK)

    async def wait_for_blocked(self, number: int) -> None:
        """Until so many stand there."""

        async def look() -> bool:
            waiting: int = await self.sql.fetchval(
                "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objid = $1 AND NOT granted", LOCK
            )
            return waiting == number

        await wait_for(look, f"{number} blocked enquiries")

    async def wait_until_alone(self) -> None:
        """Until PostgreSQL has noticed that everybody else is gone."""

        async def look() -> bool:
            return not await self.sql.fetchval(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )

        await wait_for(look, "PostgreSQL is alone with us")

    async def make_older(self) -> None:
        """Two minutes pass: what was stored is older, and what the clock plans is due when a worker next starts."""
        await self.sql.execute("UPDATE submissions SET received_at = received_at - interval '2 minutes'")
        await self.sql.execute("UPDATE pgqueuer_schedules SET next_run = next_run - interval '2 minutes'")


class RetryingVisitors:
    """Visitors who send enquiries with keys, and each again until it is thanked for."""

    def __init__(self, system: CrashSystem) -> None:
        self.system = system
        self.waiting = [f"enquiry-{number:03}" for number in range(ENQUIRIES)]
        self.thanked: dict[str, str] = {}
        self.refused = 0

    async def send(self) -> None:
        async with httpx.AsyncClient(timeout=20) as client, asyncio.TaskGroup() as visitors:
            for _ in range(VISITORS):
                visitors.create_task(self._visit(client))

    async def _visit(self, client: httpx.AsyncClient) -> None:
        while self.waiting:
            key = self.waiting.pop()
            self.thanked[key] = await wait_for(lambda: self._try(client, key), f"thanks for {key}", 60)  # noqa: B023

    async def _try(self, client: httpx.AsyncClient, key: str) -> str:
        try:
            answer = await self.system.send(client, key)
        except httpx.TransportError:
            self.refused += 1
            return ""
        assert answer.status_code in (201, 503), answer.text
        self.refused += answer.status_code == 503
        return str(answer.json()["reference"]) if answer.status_code == 201 else ""

    async def wait_for_thanks(self, number: int) -> None:
        async def look() -> bool:
            return len(self.thanked) >= number

        await wait_for(look, f"{number} enquiries are thanked for", 60)
