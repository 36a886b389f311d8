"""A system in which every secret is a canary, on a database of its own, among hostile providers."""

from __future__ import annotations

import asyncio
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import pytest
import running_system
from canary.canary_secrets import CanarySecrets
from canary.hostile_providers import HostileProvider, run_hostile_provider

from ops.dev.commands import Command
from shared import embedded_postgres

LAUNCHER = Path(__file__).with_name("crm_launcher.py")


class LeakFixture:
    """`inside` is a connection to the database, `sql` to another of the same server. `providers` are what it calls."""

    def __init__(
        self, folder: Path, url: str, sql: asyncpg.Connection[Any], providers: dict[str, HostileProvider]
    ) -> None:
        self.where = running_system.make_settings(folder)
        self.url = url
        self.sql = sql
        self.providers = providers
        mail, sentry = providers["mail"].port, providers["http"].port
        self.canary_secrets = CanarySecrets(url, mail, sentry, running_system.find_free_port())
        self.answers: list[bytes] = []
        self.statuses: set[int] = set()
        self.programs = 0

    async def connect(self) -> None:
        self.inside: asyncpg.Connection[Any] = await asyncpg.connect(self.url)

    def crm(self, *words: str, **given: str) -> running_system.CrmProcess:
        """A process with a canary in every secret variable; `given` wins, and an empty text takes a variable away."""
        usual = {"RESEND_STAND_IN": self.providers["http"].url, "ENQUIRY_RATE_LIMIT": "10"}
        process = running_system.CrmProcess(
            self.where, self.url, words[0], **{**usual, **self.canary_secrets.environment, **given}
        )
        process.command = Command("crm serve", (sys.executable, str(LAUNCHER), *words), process.env)
        self.programs += 1
        process.log = self.where.data_dir / f"output-{self.programs}.log"
        return process

    async def run_to_end(self, *words: str, **given: str) -> tuple[int, str]:
        """Status and words of a process that comes to its end by itself."""
        program = self.crm(*words, **given)
        try:
            async with asyncio.timeout(60):
                await program.start()
                return await program.wait_for_exit(), program.log.read_text()
        except TimeoutError:
            return 0, f"It did not end: {program.log.read_text()}"
        finally:
            await program.close()

    def read_logs(self) -> bytes:
        """What every process has written, to standard output and error."""
        return b"".join(log.read_bytes() for log in self.where.data_dir.glob("output-*.log"))

    async def record_response(self, answer: httpx.Response) -> None:
        await answer.aread()
        head = b"".join(b"%s: %s\n" % pair for pair in answer.headers.raw)
        self.answers.append(head + answer.content)
        self.statuses.add(answer.status_code)

    def client(self) -> httpx.AsyncClient:
        """Remembers every answer it gets."""
        return httpx.AsyncClient(
            base_url=self.where.crm_url, timeout=20, headers={"origin": self.where.crm_url},
            event_hooks={"response": [self.record_response]},
        )  # fmt: skip

    def find_leaks(self) -> list[str]:
        """Of all that was said and answered, and of of what providers got that is not for them."""
        reports = b"\n".join(part for part in self.providers["http"].received if b"/envelope/" in part[:200])
        return [
            *(f"in the log: {each}" for each in self.canary_secrets.find_leaks(self.read_logs())),
            *(f"in an answer: {each}" for each in self.canary_secrets.find_leaks(b"\n".join(self.answers))),
            # Its own key is how a report says whose it is.
            *(f"in an error report: {each}" for each in self.canary_secrets.find_leaks(reports, but=("SENTRY_DSN",))),
        ]


@pytest.fixture
async def leak_fixture(cluster: embedded_postgres.Cluster) -> AsyncIterator[LeakFixture]:
    cluster.create_database("leak_fixture", template="template_system")
    url = cluster.dsn("leak_fixture")
    sql: asyncpg.Connection[Any] = await asyncpg.connect(cluster.dsn("postgres"))
    async with AsyncExitStack() as life:
        providers = {
            how: await life.enter_async_context(run_hostile_provider(how)) for how in ("http", "mail", "silent")
        }
        folder = life.enter_context(tempfile.TemporaryDirectory(prefix="octatech-canary-"))
        fixture = LeakFixture(Path(folder), url, sql, providers)
        await fixture.connect()
        yield fixture
        await fixture.inside.close()
    await sql.close()
    cluster.drop_database("leak_fixture")
