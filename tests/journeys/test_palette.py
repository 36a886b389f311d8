"""The command palette in a browser: by keyboard alone, over the search of the server."""

from __future__ import annotations

import asyncio

import pytest
from playwright.async_api import Page, Route, expect
from site_client import OpenPage, RunningSystem, create_lead

pytestmark = pytest.mark.browser


async def open_palette(page: Page) -> None:
    await page.keyboard.press("Control+k")
    await expect(page.locator("#palette")).to_be_visible()
    await expect(page.locator("#ask")).to_be_focused()


async def test_a_lead_is_found_and_opened_by_keyboard(system: RunningSystem, office: OpenPage):
    lead = await create_lead(system)
    page = await office()
    await page.goto(f"{system.crm_url}/")
    await open_palette(page)
    await expect(page.get_by_role("option", name="New lead")).to_be_visible()
    await page.keyboard.type("compiler")
    option = page.get_by_role("group", name="Leads").get_by_role("option")
    await expect(option).to_have_attribute("aria-selected", "true")
    await page.keyboard.press("Enter")
    await page.wait_for_url(f"{system.crm_url}/leads/{lead}")
    await page.goto(f"{system.crm_url}/")
    await open_palette(page)
    await expect(page.get_by_role("group", name="Recent").get_by_role("option")).to_have_attribute(
        "aria-selected", "true"
    )
    await page.keyboard.press("Escape")
    await expect(page.locator("#palette")).to_be_hidden()


async def test_arrows_cross_the_groups_and_control_enter_opens_a_new_tab(system: RunningSystem, office: OpenPage):
    lead = await create_lead(system)
    page = await office()
    await page.goto(f"{system.crm_url}/inbox")
    await open_palette(page)
    await page.keyboard.type("grace")
    await expect(page.locator("#options [data-query=grace]")).to_be_visible()
    await page.keyboard.press("ArrowDown")
    chosen = page.locator("[aria-selected=true]")
    await expect(page.get_by_role("group", name="Contacts").locator("[aria-selected=true]")).to_have_count(1)
    chosen_id = await chosen.get_attribute("id")
    await expect(page.locator("#ask")).to_have_attribute("aria-activedescendant", chosen_id or "missing")
    await page.keyboard.press("ArrowUp")
    async with page.context.expect_page() as opened:
        await page.keyboard.press("Control+Enter")
    assert (await opened.value).url == f"{system.crm_url}/leads/{lead}"
    assert page.url == f"{system.crm_url}/inbox"


async def test_the_actions_of_the_record_come_first(system: RunningSystem, office: OpenPage):
    lead = await create_lead(system)
    page = await office()
    await page.goto(f"{system.crm_url}/leads/{lead}")
    await open_palette(page)
    group = page.locator("#options [role=group]").first
    await expect(group).to_have_attribute("aria-label", "This lead")
    await page.keyboard.type("> qualified")
    await expect(page.get_by_role("option", name="Move to Qualified")).to_have_attribute("aria-selected", "true")
    await page.keyboard.press("Enter")
    await expect(page.locator("[aria-current=step]")).to_have_text("Qualified")


async def test_a_late_answer_to_an_earlier_question_is_never_acted_on(system: RunningSystem, office: OpenPage):
    await create_lead(system)
    page = await office()
    await page.goto(f"{system.crm_url}/inbox")
    await open_palette(page)
    asked, released = asyncio.Event(), asyncio.Event()

    async def delay(route: Route) -> None:
        asked.set()
        await released.wait()
        await route.continue_()

    await page.route("**/search?q=grace", delay)
    await page.keyboard.type("grace")
    await asked.wait()
    await page.keyboard.press("ControlOrMeta+a")
    await page.keyboard.type("webhooks")
    await page.keyboard.press("Enter")
    released.set()
    await page.wait_for_url(f"{system.crm_url}/settings/webhooks")


@pytest.mark.parametrize("width", [1440, 390])
async def test_the_palette_fits_the_screen(system: RunningSystem, office: OpenPage, width: int):
    await create_lead(system, message="A very long message " * 20)
    page = await office(width=width)
    await page.goto(f"{system.crm_url}/")
    await open_palette(page)
    await page.keyboard.type("very long")
    await expect(page.get_by_role("group", name="Leads")).to_be_visible()
    assert await page.locator("#palette").evaluate("(it) => it.getBoundingClientRect().right <= innerWidth")
    assert await page.locator("#options").evaluate("(it) => it.scrollWidth <= it.clientWidth")


async def test_letters_start_an_entry_or_reach_the_owner_and_the_next_step(system: RunningSystem, office: OpenPage):
    lead = await create_lead(system)
    page = await office()
    await page.goto(f"{system.crm_url}/leads/{lead}")
    await page.keyboard.press("Shift+C")
    await expect(page.locator(".composer textarea")).to_be_focused()
    await expect(page.locator("#kind")).to_have_value("call")
    await page.locator(".composer textarea").blur()
    await page.keyboard.press("t")
    await expect(page.locator("#next-action")).to_be_focused()
    await page.locator("#next-action").blur()
    await page.keyboard.press("a")
    await expect(page.locator("details.owner")).to_have_attribute("open", "")
    await page.keyboard.press("Escape")
    await page.keyboard.press("?")
    await expect(page.locator("#shortcuts")).to_be_visible()
