"""The addresses of the system, and a visitor who fills in the form of the landing page."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import asyncpg
import httpx
from playwright.async_api import Page
from proxy import Proxy
from running_system import SIGN_IN, CrmProcess
from wait_for import wait_for

from ops.dev import commands
from ops.dev.settings import Settings

OpenPage = Callable[..., Awaitable[Page]]
"""Opens a page in a browser of its own; takes `width` in pixels and what Playwright's `new_context` takes."""

KEPT_TABLES = ("alembic_version", "stages", "form_choices", "users", "sessions", "pgqueuer_schedules", "heartbeats")
"""What stays between tests: who may sign in, the stages, and what belongs to the processes."""

GRACE = {
    "name": "Grace Hopper", "email": "grace@navy.example", "company": "Navy", "phone": "+1 555 0100",
    "message": "Our compiler is slow. Could you look at it in May?",
}  # fmt: skip
TITLE = "Our compiler is slow"
"""What her lead is called."""
CHOICES = {"budget": "from_5k_to_15k", "project_type": "existing_system", "source": "blog"}

A_MINUTE = 60_000
"""In milliseconds. Somebody thinks so long about a form; what is sent at once looks like a program's work."""


class RunningSystem:
    """The site, the CRM behind its own port and, for the site's form, behind `proxy`; `sql` looks into the database."""

    def __init__(self, where: Settings, crm: CrmProcess, proxy: Proxy, sql: asyncpg.Connection[Any]) -> None:
        self.site_url = where.site_url
        self.site_folder: Path = commands.site_folder(where)
        self.crm_url = where.crm_url
        self.crm = crm
        self.proxy = proxy
        self.sql = sql

    async def leads(self) -> list[dict[str, Any]]:
        """All leads, once everything that was stored is processed."""
        await wait_for(self._is_processed, "every enquiry is processed")
        return [dict(row) for row in await self.sql.fetch("SELECT * FROM leads ORDER BY id")]

    async def _is_processed(self) -> bool:
        return not await self.sql.fetchval("SELECT count(*) FROM submissions WHERE state = 'received'")

    async def wipe(self) -> None:
        """Delete every row but those that `KEPT_TABLES` names, and every user but Ada, whatever refers to it."""
        tables = await self.sql.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        statements = [f'DELETE FROM "{name}"' for name in {row["tablename"] for row in tables} - {*KEPT_TABLES}]
        async with self.sql.transaction():
            await self.sql.execute("; ".join(["SET LOCAL session_replication_role = replica", *statements]))
            # Another walk through all pages inserts the same colleagues again.
            await self.sql.execute("DELETE FROM users WHERE email <> $1", SIGN_IN.email)


async def install_page_clock(page: Page) -> None:
    """Let the page's clock be ours, a few minutes back, so that thinking and waiting take no time."""
    await page.clock.install(time=datetime.now(UTC) - timedelta(minutes=5))


async def open_form(page: Page, url: str = "") -> None:
    """Go to the landing page, or load it anew, and wait until its script has taken the form over."""
    await (page.goto(url) if url else page.reload())
    await page.locator("form[novalidate]").wait_for()


async def fill_form(page: Page, **answers: str) -> None:
    """Fill in the form, as Grace unless something else is given."""
    for name, value in {**GRACE, **answers}.items():
        await page.locator(f"#{name}").fill(value)
    for name, value in CHOICES.items():
        await page.locator(f"#{name}").select_option(value)


async def submit_form(page: Page) -> None:
    await page.get_by_role("button", name="Send enquiry").click()


async def post_enquiry(system: RunningSystem, **answers: str) -> str:
    """An enquiry of Grace's, sent by a program; gives its reference."""
    async with httpx.AsyncClient() as client:
        enquiry = {**GRACE, **CHOICES, **answers}
        answer = await client.post(f"{system.crm_url}/api/leads", json=enquiry, headers={"origin": system.site_url})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["reference"])


async def create_lead(system: RunningSystem, **answers: str) -> int:
    """An enquiry of Grace's; gives the number of the lead it became."""
    reference = await post_enquiry(system, **answers)

    async def find() -> int | None:
        number: int | None = await system.sql.fetchval("SELECT id FROM leads WHERE reference = $1", reference)
        return number

    return await wait_for(find, "the enquiry is a lead")
