"""Every page of the house, on a phone: looked at once by a browser, then judged promise by promise."""

from __future__ import annotations

import asyncio
import itertools
import re
import socket
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from furnish import furnish
from playwright.async_api import Browser, Page, StorageState
from visit import House

from crm import routes
from crm.kernel.http.statics import Statics

pytestmark = pytest.mark.browser

PHONE = 375
STOPS = 5
"""Presses of Tab after each of which the focus must be seen."""
OBSERVE = (Path(__file__).parent / "observe.js").read_text("utf-8")
FOCUS = """() => {
    const at = document.activeElement, style = getComputedStyle(at);
    const seen = at.matches(":focus-visible") && (style.outlineStyle !== "none" || style.boxShadow !== "none");
    return at === document.body || seen ? "" : at.outerHTML.slice(0, 120);
}"""
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


class Seen(NamedTuple):
    """One page as it was found; `widths` by theme, `faults` as console and network told them."""

    url: str
    ours: bool
    what: dict[str, Any]
    widths: dict[str, int]
    unseen: list[str]
    faults: list[str]


def pages_of_people() -> list[str]:
    table = routes.table(Statics())
    paths = [route.path for route in table if route.method == "GET" and route.surface == "page"]
    return [path for path in paths if not path.startswith(NOT_PAGES) and not path.endswith("/raw")]


async def filled_in(house: House, path: str) -> str:
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


async def look(page: Page, url: str, house: House) -> Seen:
    ours = (f"{house.site_url}/", f"{house.crm_url}/", "data:")
    faults: list[str] = []

    def hear(said: Any) -> None:
        # A page about what is not there is itself told as an error.
        if said.type in ("error", "warning") and not said.text.startswith("Failed to load resource"):
            faults.append(said.text)

    listeners: list[tuple[Any, Callable[[Any], None]]] = [
        ("console", hear),
        ("pageerror", lambda error: faults.append(str(error))),
        ("request", lambda asked: None if asked.url.startswith(ours) else faults.append(f"asked {asked.url}")),
    ]
    for name, listener in listeners:
        page.on(name, listener)
    answer = await page.goto(url)
    assert answer
    assert "text/html" in answer.headers["content-type"]
    what = await page.evaluate(OBSERVE)
    widths = {}
    for scheme in ("light", "dark"):
        await page.emulate_media(color_scheme=scheme)
        widths[scheme] = await page.evaluate("document.documentElement.scrollWidth")
    unseen = []
    for _ in range(STOPS):
        await page.keyboard.press("Tab")
        unseen.append(await page.evaluate(FOCUS))
    for name, listener in listeners:
        page.remove_listener(name, listener)
    return Seen(url, url.startswith(house.crm_url), what, widths, [each for each in unseen if each], faults)


@pytest.fixture(scope="module")
def nobody() -> Iterator[str]:
    """An address that nobody listens at: the port is ours."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{taken.getsockname()[1]}/hook"


@pytest.fixture(scope="module")
async def seen(
    browser: Browser, standing_house: House, ada: StorageState, nobody: str
) -> AsyncIterator[dict[str, Seen]]:
    """Every page by its address: the site's, those of an empty CRM, those of a full one."""
    await standing_house.wipe()
    outside, inside = await asyncio.gather(
        walk_outside(browser, standing_house), walk_inside(browser, standing_house, ada, nobody)
    )  # fmt: skip
    yield {**outside, **inside}
    await standing_house.wipe()


async def walk_outside(browser: Browser, house: House) -> dict[str, Seen]:
    """Every page that was built, and the way in."""
    context = await browser.new_context(viewport={"width": PHONE, "height": 800})
    page = await context.new_page()
    built = [file.relative_to(house.site_folder) for file in sorted(house.site_folder.rglob("*.html"))]
    urls = [*(f"{house.site_url}/{file}" for file in built), f"{house.crm_url}/sign-in"]
    found = {url: await look(page, url, house) for url in urls}
    await context.close()
    return found


async def walk_inside(browser: Browser, house: House, ada: StorageState, nobody: str) -> dict[str, Seen]:
    """Every page of the CRM, while there is nothing in it and while there is something of everything."""
    context = await browser.new_context(viewport={"width": PHONE, "height": 800}, storage_state=ada)
    page = await context.new_page()
    found: dict[str, Seen] = {}
    people = [path for path in pages_of_people() if path != "/sign-in"]
    for path in (path for path in people if "{" not in path):
        found[f"{path} (empty)"] = await look(page, house.crm_url + path, house)
    await furnish(house, nobody)
    for path in (*people, *STATES):
        found[path] = await look(page, house.crm_url + await filled_in(house, path), house)
    for noun, table, column, states in RECORDS:
        for state in states:
            number = await house.sql.fetchval(f"SELECT min(id) FROM {table} WHERE {column} = $1", state)
            found[f"/{noun}/… ({state})"] = await look(page, f"{house.crm_url}/{noun}/{number}", house)
    await context.close()
    return found


def broken(seen: dict[str, Seen], judge: Callable[[Seen], object]) -> dict[str, object]:
    """What is wrong, by page, where `judge` finds anything."""
    return {name: said for name, each in seen.items() if (said := judge(each))}


def test_the_walk_goes_everywhere(seen: dict[str, Seen]):
    assert {*pages_of_people()} - {"/sign-in"} <= {*seen}
    assert len([each for each in seen.values() if not each.ours]) >= 12


def test_no_page_is_wider_than_a_phone_in_either_theme(seen: dict[str, Seen]):
    assert broken(seen, lambda page: [each for each in page.widths.items() if each[1] > PHONE]) == {}


def test_no_page_complains_breaks_its_policy_or_asks_anybody_else(seen: dict[str, Seen]):
    assert broken(seen, lambda page: page.faults) == {}


def test_a_page_of_the_crm_has_one_filled_button(seen: dict[str, Seen]):
    ours = {name: each for name, each in seen.items() if each.ours}
    assert broken(ours, lambda page: page.what["primaries"] if len(page.what["primaries"]) != 1 else None) == {}


def test_the_focus_is_seen_wherever_tab_leads(seen: dict[str, Seen]):
    assert broken(seen, lambda page: page.unseen) == {}


def test_a_page_says_its_language_and_its_title(seen: dict[str, Seen]):
    assert broken(seen, lambda page: not page.what["lang"].startswith("en") or not page.what["title"]) == {}
    ours = [each.what["title"] for each in seen.values() if not each.ours]
    assert sorted({*ours}) == sorted(ours)


def test_a_page_has_one_main_part_and_headings_without_gaps(seen: dict[str, Seen]):
    def judge(page: Seen) -> object:
        levels = page.what["headings"]
        gaps = [pair for pair in itertools.pairwise(levels) if pair[1] > pair[0] + 1]
        return (levels, page.what["mains"]) if gaps or levels.count(1) != 1 or page.what["mains"] != 1 else None

    assert broken(seen, judge) == {}


@pytest.mark.parametrize(
    "fault",
    [
        "unlabeled", "nameless", "unlabeled_navs", "without_alt", "loud_drawings", "repeated_ids", "dangling",
        "headless_tables",
    ],
)  # fmt: skip
def test_a_screen_reader_is_told_everything(seen: dict[str, Seen], fault: str):
    assert broken(seen, lambda page: page.what[fault]) == {}
