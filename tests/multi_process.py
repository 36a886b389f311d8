"""Several web and worker processes on one database, as a larger installation runs them, and their clients."""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
import factories
import httpx
import running_system
from running_system import CrmProcess
from site_client import CHOICES, GRACE

from crm import config, reactions
from crm.accounts import api_keys
from crm.kernel import events
from crm.kernel.app_context import AppContext
from ops.dev.settings import Settings

POOL = 4
"""Connections that requests of one process may hold, few on purpose."""


class MultiProcessSystem:
    """`webs` and `workers` make up the system; more may be made. `sql` looks into the database."""

    def __init__(
        self, where: Settings, url: str, sql: asyncpg.Connection[Any], client: httpx.AsyncClient, **given: str
    ) -> None:
        self.where, self.url, self.sql, self.client = where, url, sql, client
        self.given = {
            "CRM_BASE_URL": where.crm_url, "WORKER": "separate", "DATABASE_POOL_SIZE": str(POOL), **given,
        }  # fmt: skip
        self.webs = [self.web(), self.web()]
        self.workers = [self.worker(), self.worker()]

    def web(self, **given: str) -> CrmProcess:
        """One more `crm serve` on a port of its own, not yet started."""
        return self._process("serve", given)

    def worker(self, **given: str) -> CrmProcess:
        """One more `crm worker`, not yet started."""
        return self._process("worker", given)

    def _process(self, command: str, given: dict[str, str]) -> CrmProcess:
        alone = self.where._replace(crm_port=running_system.find_free_port())
        return CrmProcess(alone, self.url, command, **{**self.given, **given})

    async def send_enquiry(self, at: str, key: str, client: httpx.AsyncClient | None = None) -> httpx.Response:
        """An enquiry with this key, sent to the process at the address `at`."""
        enquiry = {
            **GRACE,
            **CHOICES,
            "email": f"grace@{key}.example",
            "company": key,
            "message": f"Please help {key}.",
        }
        headers = {"origin": self.where.site_url, "idempotency-key": key, "accept": "application/json"}
        return await (client or self.client).post(f"{at}/api/leads", json=enquiry, headers=headers)

    async def create_key(self, *scopes: str) -> tuple[int, dict[str, str]]:
        """A new key of a program (default: every scope): its number, and the header that shows it."""
        async with self.open_transaction() as (conn, _):
            made, secret = await factories.create_api_key(conn, *(scopes or api_keys.models.SCOPES))
        return made.id, {"authorization": f"Bearer {secret}"}

    async def create_user(self, name: str) -> str:
        """Somebody who can sign in with `factories.PASSWORD`; gives the address."""
        async with self.open_transaction() as (conn, _):
            found: str = (await factories.create_user(conn, name)).email
        return found

    async def add_webhook(self, url: str, *kinds: str) -> int:
        """A receiver of events at `url`; gives its number."""
        async with self.open_transaction() as (conn, context):
            number: int = (await factories.create_webhook(conn, context, url, *kinds))[0].id
        return number

    @asynccontextmanager
    async def open_transaction(self) -> AsyncIterator[tuple[Any, AppContext]]:
        """A transaction as the service itself would have it."""
        events.bind(reactions.TABLE)
        context = AppContext.of(config.load(self.webs[0].env))
        try:
            async with context.db.transaction() as conn:
                yield conn, context
        finally:
            await context.db.close()


class RoundRobin:
    """The ports a balancer gives its connections to, in turn; `given` counts them."""

    def __init__(self, *programs: CrmProcess) -> None:
        self.given: dict[str, int] = {}
        self.over(*programs)

    def over(self, *programs: CrmProcess) -> None:
        """From now on, new connections go to these."""
        self._turn: Iterator[CrmProcess] = itertools.cycle(programs)

    def count(self, *programs: CrmProcess) -> list[int]:
        """How many connections each of these was given."""
        return [self.given.get(program.url, 0) for program in programs]

    def next(self) -> int:
        url = next(self._turn).url
        self.given[url] = self.given.get(url, 0) + 1
        return int(url.rpartition(":")[2])
