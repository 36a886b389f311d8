"""Visits every page of the system: those of the site, of an empty CRM and of a full one."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from insert_samples import insert_samples
from playwright.async_api import Browser, Page, StorageState
from site_client import RunningSystem

from crm import routes

T = TypeVar("T")
Visit = Callable[[Page, str, RunningSystem], Awaitable[T]]
"""What is done with a page at an address."""

NOT_PAGES = ("/static/", "/api/v1/openapi.json", "/calendar/")
TABLES = {
    "inbox": "submissions", "keys": "api_keys", "notifications": "channels", "outbox": "mails",
    "views": "saved_views", "changes": "change_sets", "bulk-changes": "bulk_changes",
    "delivery": "webhook_deliveries", "team": "users", "pipeline": "stages", "reset-password": "users",
    "templates": "email_templates", "form": "form_choices",
}  # fmt: skip
"""Where the records of an address lie, where its noun is not the name of the table."""
STATES = (
    "/inbox?tab=quarantine", "/inbox?tab=failed", "/inbox?tab=dismissed", "/inbox?tab=mail", "/leads?q=nobody",
    "/leads?status=lost", "/search?q=nobody", "/leads?sort=-value", "/leads?source=blog&columns=budget,hours",
    "/leads/999999999", "/no-such-page",
)  # fmt: skip
"""What the table of routes does not tell apart."""

RECORDS = (
    ("inbox", "submissions", "state", ("accepted", "quarantined", "failed", "dismissed")),
    ("emails", "emails", "state", ("unmatched", "attached")),
    ("imports", "imports", "state", ("checked", "done")),
    ("leads", "leads", "status", ("new", "contacted", "won", "lost")),
)
"""Whose pages differ from state to state."""


def list_pages() -> list[str]:
    table = routes.table()
    paths = [route.path for route in table if route.method == "GET" and route.surface == "page"]
    return [path for path in paths if not path.startswith(NOT_PAGES) and not path.endswith(("/raw", ".csv", ".zip"))]


async def visit_all_pages(
    browser: Browser, system: RunningSystem, ada: StorageState, nobody: str, visit: Visit[T], **screen: Any
) -> dict[str, T]:
    """What `visit` says of every page, by its address. `screen` is what `new_context` takes."""
    await system.wipe()
    contexts = [await browser.new_context(**screen), await browser.new_context(storage_state=ada, **screen)]
    outside, inside = await asyncio.gather(
        _visit_site(await contexts[0].new_page(), system, visit),
        _visit_crm(await contexts[1].new_page(), system, nobody, visit),
    )
    for context in contexts:
        await context.close()
    await system.wipe()
    return {**outside, **inside}


async def _visit_site(page: Page, system: RunningSystem, visit: Visit[T]) -> dict[str, T]:
    """Every page that was built, and the way in."""
    built = [file.relative_to(system.site_folder) for file in sorted(system.site_folder.rglob("*.html"))]
    urls = [*(f"{system.site_url}/{file}" for file in built), f"{system.crm_url}/sign-in"]
    return {url: await visit(page, url, system) for url in urls}


async def _visit_crm(page: Page, system: RunningSystem, nobody: str, visit: Visit[T]) -> dict[str, T]:
    """Every page of the CRM, while there is nothing in it and while there is something of everything."""
    found: dict[str, T] = {}
    people = [path for path in list_pages() if path != "/sign-in"]
    for path in (path for path in people if "{" not in path):
        found[f"{path} (empty)"] = await visit(page, system.crm_url + path, system)
    await insert_samples(system, nobody)
    for path in (*people, *STATES):
        found[path] = await visit(page, system.crm_url + await _fill_in(system, path), system)
    for noun, table, column, states in RECORDS:
        for state in states:
            number = await system.sql.fetchval(f"SELECT min(id) FROM {table} WHERE {column} = $1", state)
            found[f"/{noun}/… ({state})"] = await visit(page, f"{system.crm_url}/{noun}/{number}", system)
    return found


async def _fill_in(system: RunningSystem, path: str) -> str:
    """The path with a record that exists. Fails for a page whose record does not exist."""
    for part in re.findall(r"\{(\w+):\w+\}", path):
        if part == "tag":
            value = "leads"
        elif part == "token":
            value = "a-link-that-was-changed"
        elif part == "reference":
            value = await system.sql.fetchval("SELECT reference FROM submissions LIMIT 1")
        else:
            noun = path.partition(f"/{{{part}:")[0].rpartition("/")[2] if part == "id" else part
            value = await system.sql.fetchval(f'SELECT min(id) FROM "{TABLES.get(noun, noun)}"')
        assert value, f"There is nothing to show at {path}: tests/insert_samples.py should make one."
        path = re.sub(rf"\{{{part}:\w+\}}", str(value), path)
    return path
