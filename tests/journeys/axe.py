"""axe over every page of the system, in both themes. `make check` runs it by name, with the file of axe-core in AXE: it
comes from a registry that the tests can do without.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import all_pages
import pytest
from playwright.async_api import Browser, Page, StorageState
from site_client import RunningSystem

pytestmark = pytest.mark.browser

SCREENS = {"phone": {"width": 375, "height": 800}, "desk": {"width": 1280, "height": 800}}
THEMES = ("light", "dark")
JUDGE = """async () => {
    const result = await axe.run({rules: {"target-size": {enabled: true}}, resultTypes: ["violations"]});
    return result.violations.flatMap(({id, nodes}) => nodes.map((node) => `${id}: ${node.html.slice(0, 160)}
        ${node.failureSummary}`));
}"""


@pytest.fixture(scope="session")
def axe() -> str:
    return Path(os.environ["AXE"]).read_text("utf-8")


async def find_errors(page: Page, axe: str) -> list[str]:
    """What is wrong with the page as it stands, in both themes, each problem once."""
    await page.evaluate(axe)
    found: dict[str, None] = {}
    for theme in THEMES:
        await page.emulate_media(color_scheme=theme, reduced_motion="reduce")  # type: ignore[arg-type]
        found |= dict.fromkeys(await page.evaluate(JUDGE))
    return list(found)


@pytest.mark.parametrize("screen", SCREENS)
async def test_axe_finds_nothing_on_any_page(
    browser: Browser, shared_system: RunningSystem, ada: StorageState, nobody: str, axe: str, screen: str
):
    async def look(page: Page, url: str, system: RunningSystem) -> list[str]:
        # A color on its way from one theme to the other is neither.
        await page.emulate_media(color_scheme="light", reduced_motion="reduce")
        await page.goto(url)
        return await find_errors(page, axe)

    viewport: dict[str, Any] = SCREENS[screen]
    found = await all_pages.visit_all_pages(browser, shared_system, ada, nobody, look, viewport=viewport)
    assert len(found) > 60
    wrong = {error: url for url, errors in found.items() for error in errors}
    assert not wrong, "\n".join(f"{url}: {error}" for error, url in wrong.items())


async def test_axe_would_have_found_what_is_wrong_in_the_dark_only(browser: Browser, axe: str):
    page = await browser.new_page()
    await page.set_content(
        """<!doctype html><html lang=en><title>A page</title><main><h1>A page</h1><p>Some words</p></main>
        <style>@media (prefers-color-scheme: dark) { p { color: #777; background: #666 } }</style>"""
    )
    assert [error.partition(":")[0] for error in await find_errors(page, axe)] == ["color-contrast"]
    await page.close()
