"""Every page of the system at the widths of a desk, a small laptop, a tablet and a phone, in both themes."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import all_pages
import pytest
from playwright.async_api import Browser, Page, StorageState
from site_client import RunningSystem

Theme = Literal["light", "dark"]
pytestmark = pytest.mark.browser

WIDTHS = (1440, 1024, 820, 390)
THEMES: tuple[Theme, Theme] = ("light", "dark")
PLACES = """() => [...document.body.querySelectorAll("*")].reduce((sum, each) => {
    const {x, y, width, height} = each.getBoundingClientRect();
    return (sum * 31 + x + 3 * y + 5 * width + 7 * height) % 1e9;
}, 7)"""
"""A number that says where everything is. A theme that moves nothing needs no second look."""
JUDGE = (Path(__file__).parent / "layout.js").read_text("utf-8")


async def look(page: Page, url: str, system: RunningSystem) -> list[str]:
    """What is wrong with the page at any width and in any theme, each problem once."""
    await page.goto(url)
    found: dict[str, str] = {}
    first, second = THEMES
    for width in WIDTHS:
        await page.set_viewport_size({"width": width, "height": 900})
        places, errors = await page.evaluate(f"() => [({PLACES})(), ({JUDGE})()]")
        found |= {error: f"{width} px, {first}" for error in errors if error not in found}
        await page.emulate_media(color_scheme=second, reduced_motion="reduce")
        if await page.evaluate(PLACES) != places:
            errors = await page.evaluate(JUDGE)
            found |= {error: f"{width} px, {second}" for error in errors if error not in found}
        # The next width begins with this theme: a change of theme costs as much as a look.
        first, second = second, first
    return [f"{screen}: {error}" for error, screen in found.items()]


async def test_no_page_is_too_wide_cuts_a_cell_short_or_lays_text_over_text(
    browser: Browser, shared_system: RunningSystem, ada: StorageState, nobody: str
):
    found = await all_pages.visit_all_pages(browser, shared_system, ada, nobody, look)
    assert len(found) > 60
    wrong = [f"{url}: {error}" for url, errors in found.items() for error in errors]
    assert not wrong, "\n".join(wrong)


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
    assert [each.startswith(error) for each in await page.evaluate(JUDGE)] == [True]
    await page.close()


async def test_a_whole_page_has_no_problem(browser: Browser):
    page = await browser.new_page()
    await page.set_content(
        "<!doctype html><h1>A page</h1><p>Some words</p><table><tr><td>One</td><td>Two</td></tr></table>"
    )
    assert await page.evaluate(JUDGE) == []
    await page.close()
