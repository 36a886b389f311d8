"""Every page of the system: looked at once by a browser, then judged promise by promise.

The browser looks on a phone, and then at the widths of a desk, a small laptop, a tablet and a phone, in both themes.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal, NamedTuple

import all_pages
import pytest
from playwright.async_api import Browser, Page, StorageState
from site_client import RunningSystem

pytestmark = pytest.mark.browser

Theme = Literal["light", "dark"]

PHONE = 375
WIDTHS = (1440, 1024, 820, 390)
THEMES: tuple[Theme, Theme] = ("light", "dark")
STOPS = 5
"""Presses of Tab after each of which the focus must be seen."""
OBSERVE = (Path(__file__).parent / "observe.js").read_text("utf-8")
LAYOUT_ERRORS = (Path(__file__).parent / "layout.js").read_text("utf-8")
PLACES = """() => [...document.body.querySelectorAll("*")].reduce((sum, each) => {
    const {x, y, width, height} = each.getBoundingClientRect();
    return (sum * 31 + x + 3 * y + 5 * width + 7 * height) % 1e9;
}, 7)"""
"""A number that says where everything is. A theme that moves nothing needs no second look."""
FOCUS = """() => {
    const at = document.activeElement, style = getComputedStyle(at);
    const shown = ":focus-visible, :is([type=date], [type=time], [type=datetime-local]):focus-within";
    const seen = at.matches(shown) && (style.outlineStyle !== "none" || style.boxShadow !== "none");
    return at === document.body || seen ? "" : at.outerHTML.slice(0, 120);
}"""


class Seen(NamedTuple):
    """One page as it was found; `widths` by theme, `errors` as console and network report them.

    `layout` is what is wrong at any width of `WIDTHS` in any theme, each problem once.
    """

    url: str
    ours: bool
    what: dict[str, Any]
    widths: dict[str, int]
    unseen: list[str]
    errors: list[str]
    layout: list[str]


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
    await page.set_viewport_size({"width": PHONE, "height": 800})
    await page.emulate_media(color_scheme="light", reduced_motion="no-preference")
    answer = await page.goto(url)
    assert answer
    assert "text/html" in answer.headers["content-type"]
    what = await page.evaluate(OBSERVE)
    widths = {}
    for scheme in THEMES:
        await page.emulate_media(color_scheme=scheme)
        widths[scheme] = await page.evaluate("document.documentElement.scrollWidth")
    unseen = []
    for _ in range(STOPS):
        await page.keyboard.press("Tab")
        unseen.append(await page.evaluate(FOCUS))
    # What has the focus may show more, such as the link to the main part.
    await page.evaluate("() => { document.activeElement.blur(); scrollTo(0, 0); }")
    layout = await find_layout_errors(page)
    for name, listener in listeners:
        page.remove_listener(name, listener)
    return Seen(url, url.startswith(system.crm_url), what, widths, [each for each in unseen if each], errors, layout)


async def find_layout_errors(page: Page) -> list[str]:
    found: dict[str, str] = {}
    first, second = THEMES
    await page.emulate_media(color_scheme=first, reduced_motion="reduce")
    for width in WIDTHS:
        await page.set_viewport_size({"width": width, "height": 900})
        places, errors = await page.evaluate(f"() => [({PLACES})(), ({LAYOUT_ERRORS})()]")
        found |= {error: f"{width} px, {first}" for error in errors if error not in found}
        await page.emulate_media(color_scheme=second, reduced_motion="reduce")
        if await page.evaluate(PLACES) != places:
            errors = await page.evaluate(LAYOUT_ERRORS)
            found |= {error: f"{width} px, {second}" for error in errors if error not in found}
        # The next width begins with this theme: a change of theme costs as much as a look.
        first, second = second, first
    return [f"{screen}: {error}" for error, screen in found.items()]


@pytest.fixture(scope="module")
async def seen(browser: Browser, shared_system: RunningSystem, ada: StorageState, nobody: str) -> dict[str, Seen]:
    """Every page by its address."""
    return await all_pages.visit_all_pages(browser, shared_system, ada, nobody, look)


def broken(seen: dict[str, Seen], judge: Callable[[Seen], object]) -> dict[str, object]:
    """What is wrong, by page, where `judge` finds anything."""
    return {name: said for name, each in seen.items() if (said := judge(each))}


def test_the_walk_goes_everywhere(seen: dict[str, Seen]):
    assert {*all_pages.list_pages()} - {"/sign-in"} <= {*seen}
    assert len([each for each in seen.values() if not each.ours]) >= 12


def test_no_page_is_wider_than_a_phone_in_either_theme(seen: dict[str, Seen]):
    assert broken(seen, lambda page: [each for each in page.widths.items() if each[1] > PHONE]) == {}


def test_no_page_is_too_wide_cuts_a_cell_short_or_lays_text_over_text(seen: dict[str, Seen]):
    assert broken(seen, lambda page: page.layout) == {}


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


@pytest.mark.parametrize(
    ("html", "error"),
    [
        ("<div style='width: 2000px'>Wide</div>", "wider than the screen"),
        (
            "<table><td style='max-width: 4em; overflow: hidden; white-space: nowrap'>Meridian Instruments</table>",
            "cut after",
        ),
        ("<div style='width: 9em; overflow: clip; white-space: nowrap'>Meridian Instruments</div>", "cut off"),
        ("<p>One sentence</p><p style='position: relative; top: -2.1em'>Another one</p>", "text over text"),
    ],
)
async def test_the_walk_would_have_found(browser: Browser, html: str, error: str):
    page = await browser.new_page()
    await page.set_content(f"<!doctype html><main>{html}</main>")
    assert [each.startswith(error) for each in await page.evaluate(LAYOUT_ERRORS)] == [True]
    await page.close()


async def test_a_whole_page_has_no_problem(browser: Browser):
    page = await browser.new_page()
    await page.set_content(
        "<!doctype html><h1>A page</h1><p>Some words</p><table><tr><td>One</td><td>Two</td></tr></table>"
    )
    assert await page.evaluate(LAYOUT_ERRORS) == []
    await page.close()
