"""The owner's day by keyboard alone."""

from __future__ import annotations

import pytest
import running_system
from playwright.async_api import Page, expect
from site_client import TITLE, OpenPage, RunningSystem, create_lead

pytestmark = pytest.mark.browser

FAR = 80
"""Presses of Tab within which every control of a page is reached."""


async def reach(page: Page, words: str) -> None:
    """Press Tab until the control with these words has the focus, which must be seen at every stop."""
    for _ in range(FAR):
        await page.keyboard.press("Tab")
        name, seen = await page.evaluate(
            """() => {
                const at = document.activeElement, style = getComputedStyle(at);
                return [at.getAttribute("aria-label") ?? at.innerText ?? "",
                        style.outlineStyle !== "none" || style.boxShadow !== "none"];
            }"""
        )
        assert seen, f"The focus cannot be seen on {name!r}."
        if name.strip() == words:
            return
    raise AssertionError(f"{FAR} presses of Tab do not reach {words!r}.")


async def test_sign_in_open_a_lead_and_move_it_without_touching_the_mouse(system: RunningSystem, visitor: OpenPage):
    lead = await create_lead(system)
    page = await visitor()
    await page.goto(f"{system.crm_url}/leads")
    await expect(page.get_by_label("E-mail")).to_be_focused()
    await page.keyboard.type(running_system.SIGN_IN.email)
    await page.keyboard.press("Tab")
    await page.keyboard.type(running_system.SIGN_IN.password)
    await page.keyboard.press("Enter")
    await page.wait_for_url(f"{system.crm_url}/leads")
    await page.keyboard.press("j")
    await expect(page.get_by_role("link", name=TITLE)).to_be_focused()
    await page.keyboard.press("Enter")
    await page.wait_for_url(f"{system.crm_url}/leads/{lead}")
    await reach(page, "Move to Contacted")
    await page.keyboard.press("Enter")
    await expect(page.locator("[aria-current=step]")).to_have_text("Contacted")
    await page.keyboard.press("g")
    await page.keyboard.press("i")
    await page.wait_for_url(f"{system.crm_url}/inbox")
    assert await system.sql.fetchval("SELECT status FROM leads WHERE id = $1", lead) == "contacted"


async def test_the_first_press_of_tab_offers_the_way_past_the_menu(system: RunningSystem, office: OpenPage):
    page = await office()
    await page.goto(f"{system.crm_url}/inbox")
    await page.keyboard.press("Tab")
    skip = page.get_by_role("link", name="Skip to content")
    await expect(skip).to_be_focused()
    await expect(skip).to_be_in_viewport()
    await page.keyboard.press("Enter")
    await expect(page.locator("main")).to_be_focused()
