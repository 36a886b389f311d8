"""A system in which every secret is a canary, on a database of its own, among strangers."""

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

LAUNCH = Path(__file__).with_name("launch.py")


class Aviary:
    """`inside` looks into the database, `sql` into another of the same server. `strangers` are whom it talks to."""

    def __init__(self, folder: Path, url: str, sql: asyncpg.Connection[Any], strangers: dict[str, HostileProvider]) -> None:
        self.where = running_system.make_settings(folder)
        self.url = url
        self.sql = sql
        self.strangers = strangers
        mail, sentry = strangers["mail"].port, strangers["http"].port
        self.cage = CanarySecrets(url, mail, sentry, running_system.find_free_port())
        self.answers: list[bytes] = []
        self.statuses: set[int] = set()
        self.programs = 0

    async def look_inside(self) -> None:
        self.inside: asyncpg.Connection[Any] = await asyncpg.connect(self.url)

    def crm(self, *words: str, **given: str) -> running_system.CrmProcess:
        """A process with a canary in every secret variable; `given` wins, and an empty text takes a variable away."""
        usual = {"RESEND_STAND_IN": self.strangers["http"].url, "ENQUIRY_RATE_LIMIT": "10"}
        made = running_system.CrmProcess(self.where, self.url, words[0], **{**usual, **self.cage.environment, **given})
        made.command = Command("crm serve", (sys.executable, str(LAUNCH), *words), made.env)
        self.programs += 1
        made.log = self.where.data_dir / f"said-{self.programs}.log"
        return made

    async def ended(self, *words: str, **given: str) -> tuple[int, str]:
        """Status and words of a process that comes to its end by itself."""
        program = self.crm(*words, **given)
        try:
            async with asyncio.timeout(15):
                await program.start()
                return await program.ended(), program.log.read_text()
        except TimeoutError:
            return 0, f"It did not end: {program.log.read_text()}"
        finally:
            await program.close()

    def said(self) -> bytes:
        """What every process has written, to standard output and error."""
        return b"".join(log.read_bytes() for log in self.where.data_dir.glob("said-*.log"))

    async def heard(self, answer: httpx.Response) -> None:
        await answer.aread()
        head = b"".join(b"%s: %s\n" % pair for pair in answer.headers.raw)
        self.answers.append(head + answer.content)
        self.statuses.add(answer.status_code)

    def client(self) -> httpx.AsyncClient:
        """Remembers every answer it gets."""
        return httpx.AsyncClient(
            base_url=self.where.crm_url, timeout=20, headers={"origin": self.where.crm_url},
            event_hooks={"response": [self.heard]},
        )  # fmt: skip

    def leaks(self) -> list[str]:
        """Of all that was said and answered, and of what strangers were told that is not for them."""
        reports = b"\n".join(part for part in self.strangers["http"].heard if b"/envelope/" in part[:200])
        return [
            *(f"in the log: {each}" for each in self.cage.leaks(self.said())),
            *(f"in an answer: {each}" for each in self.cage.leaks(b"\n".join(self.answers))),
            # Its own key is how a report says whose it is.
            *(f"in an error report: {each}" for each in self.cage.leaks(reports, but=("SENTRY_DSN",))),
        ]


@pytest.fixture
async def aviary(cluster: embedded_postgres.Cluster) -> AsyncIterator[Aviary]:
    cluster.create_database("aviary", template="template_house")
    url = cluster.dsn("aviary")
    sql: asyncpg.Connection[Any] = await asyncpg.connect(cluster.dsn("postgres"))
    async with AsyncExitStack() as life:
        strangers = {how: await life.enter_async_context(run_hostile_provider(how)) for how in ("http", "mail", "silent")}
        folder = life.enter_context(tempfile.TemporaryDirectory(prefix="octatech-canary-"))
        made = Aviary(Path(folder), url, sql, strangers)
        await made.look_inside()
        yield made
        await made.inside.close()
    await sql.close()
    cluster.drop_database("aviary")
