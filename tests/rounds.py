"""A walk to every page of the house: the site's, those of an empty CRM, those of a full one."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from furnish import furnish
from playwright.async_api import Browser, Page, StorageState
from visit import House

from crm import routes

T = TypeVar("T")
Look = Callable[[Page, str, House], Awaitable[T]]
"""What is done with a page at an address."""

NOT_PAGES = ("/static/", "/api/v1/openapi.json")
TABLES = {
    "inbox": "submissions", "keys": "api_keys", "notifications": "channels", "outbox": "mails",
    "delivery": "webhook_deliveries",
}  # fmt: skip
"""Where the records of an address lie, where its noun is not the name of the table."""
STATES = (
    "/inbox?tab=quarantine", "/inbox?tab=failed", "/inbox?tab=dismissed", "/leads?q=nobody", "/leads?status=lost",
    "/leads?sort=-value", "/leads/999999999", "/no-such-page",
)  # fmt: skip
"""What the table of routes does not tell apart."""

RECORDS = (
    ("inbox", "submissions", "state", ("accepted", "quarantined", "failed", "dismissed")),
    ("leads", "leads", "status", ("new", "contacted", "won", "lost")),
)
"""Whose pages differ from state to state."""


def pages_of_people() -> list[str]:
    table = routes.table()
    paths = [route.path for route in table if route.method == "GET" and route.surface == "page"]
    return [path for path in paths if not path.startswith(NOT_PAGES) and not path.endswith("/raw")]


async def everywhere(
    browser: Browser, house: House, ada: StorageState, nobody: str, look: Look[T], **screen: Any
) -> dict[str, T]:
    """What `look` says of every page, by its address. `screen` is what `new_context` takes."""
    await house.wipe()
    contexts = [await browser.new_context(**screen), await browser.new_context(storage_state=ada, **screen)]
    outside, inside = await asyncio.gather(
        _outside(await contexts[0].new_page(), house, look), _inside(await contexts[1].new_page(), house, nobody, look)
    )
    for context in contexts:
        await context.close()
    await house.wipe()
    return {**outside, **inside}


async def _outside(page: Page, house: House, look: Look[T]) -> dict[str, T]:
    """Every page that was built, and the way in."""
    built = [file.relative_to(house.site_folder) for file in sorted(house.site_folder.rglob("*.html"))]
    urls = [*(f"{house.site_url}/{file}" for file in built), f"{house.crm_url}/sign-in"]
    return {url: await look(page, url, house) for url in urls}


async def _inside(page: Page, house: House, nobody: str, look: Look[T]) -> dict[str, T]:
    """Every page of the CRM, while there is nothing in it and while there is something of everything."""
    found: dict[str, T] = {}
    people = [path for path in pages_of_people() if path != "/sign-in"]
    for path in (path for path in people if "{" not in path):
        found[f"{path} (empty)"] = await look(page, house.crm_url + path, house)
    await furnish(house, nobody)
    for path in (*people, *STATES):
        found[path] = await look(page, house.crm_url + await _filled_in(house, path), house)
    for noun, table, column, states in RECORDS:
        for state in states:
            number = await house.sql.fetchval(f"SELECT min(id) FROM {table} WHERE {column} = $1", state)
            found[f"/{noun}/… ({state})"] = await look(page, f"{house.crm_url}/{noun}/{number}", house)
    return found


async def _filled_in(house: House, path: str) -> str:
    """The path with a record that exists. Fails for a page whose record nobody has furnished."""
    for part in re.findall(r"\{(\w+):\w+\}", path):
        if part == "reference":
            value = await house.sql.fetchval("SELECT reference FROM submissions LIMIT 1")
        else:
            noun = path.partition(f"/{{{part}:")[0].rpartition("/")[2] if part == "id" else part
            value = await house.sql.fetchval(f'SELECT min(id) FROM "{TABLES.get(noun, noun)}"')
        assert value, f"There is nothing to show at {path}: tests/furnish.py should make one."
        path = re.sub(rf"\{{{part}:\w+\}}", str(value), path)
    return path
