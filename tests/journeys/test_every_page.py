"""Every page of the system, on a phone: looked at once by a browser, then judged promise by promise."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import all_pages
import pytest
from playwright.async_api import Browser, Page, StorageState
from site_client import RunningSystem

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


class Seen(NamedTuple):
    """One page as it was found; `widths` by theme, `errors` as console and network report them."""

    url: str
    ours: bool
    what: dict[str, Any]
    widths: dict[str, int]
    unseen: list[str]
    errors: list[str]


async def look(page: Page, url: str, system: RunningSystem) -> Seen:
    ours = (f"{system.site_url}/", f"{system.crm_url}/", "data:")
    errors: list[str] = []

    def hear(said: Any) -> None:
        # A page about what is not there is itself reported as an error.
        if said.type in ("error", "warning") and not said.text.startswith("Failed to load resource"):
            errors.append(said.text)

    listeners: list[tuple[Any, Callable[[Any], None]]] = [
        ("console", hear),
        ("pageerror", lambda error: errors.append(str(error))),
        ("request", lambda asked: None if asked.url.startswith(ours) else errors.append(f"asked {asked.url}")),
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
    return Seen(url, url.startswith(system.crm_url), what, widths, [each for each in unseen if each], errors)


@pytest.fixture(scope="module")
async def seen(browser: Browser, shared_system: RunningSystem, ada: StorageState, nobody: str) -> dict[str, Seen]:
    """Every page by its address."""
    phone = {"width": PHONE, "height": 800}
    return await all_pages.visit_all_pages(browser, shared_system, ada, nobody, look, viewport=phone)


def broken(seen: dict[str, Seen], judge: Callable[[Seen], object]) -> dict[str, object]:
    """What is wrong, by page, where `judge` finds anything."""
    return {name: said for name, each in seen.items() if (said := judge(each))}


def test_the_walk_goes_everywhere(seen: dict[str, Seen]):
    assert {*all_pages.list_pages()} - {"/sign-in"} <= {*seen}
    assert len([each for each in seen.values() if not each.ours]) >= 12


def test_no_page_is_wider_than_a_phone_in_either_theme(seen: dict[str, Seen]):
    assert broken(seen, lambda page: [each for each in page.widths.items() if each[1] > PHONE]) == {}


def test_no_page_complains_breaks_its_policy_or_asks_anybody_else(seen: dict[str, Seen]):
    assert broken(seen, lambda page: page.errors) == {}


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
    "error",
    [
        "unlabeled", "nameless", "unlabeled_navs", "without_alt", "loud_drawings", "repeated_ids", "dangling",
        "headless_tables",
    ],
)  # fmt: skip
def test_a_screen_reader_gets_everything(seen: dict[str, Seen], error: str):
    assert broken(seen, lambda page: page.what[error]) == {}
