"""The settings: found by a word, changed, and in use at once."""

from __future__ import annotations

import pytest
from playwright.async_api import expect
from site_client import OpenPage, RunningSystem, create_lead

pytestmark = pytest.mark.browser


async def test_a_setting_is_found_by_a_word_and_what_was_changed_is_used(system: RunningSystem, office: OpenPage):
    lead = await create_lead(system)
    page = await office(width=1440)
    await page.goto(f"{system.crm_url}/settings")
    await page.get_by_role("searchbox", name="Search settings").first.fill("placeholders")
    await page.keyboard.press("Enter")
    await page.locator(".result").get_by_role("link", name="Templates").click()
    await page.get_by_role("link", name="Add template").click()
    await page.get_by_label("Name").fill("First answer")
    await page.get_by_label("Subject").fill("Your enquiry")
    await page.get_by_label("Text").fill("Hello {{first_name}}, thank you.")
    await page.get_by_role("button", name="Save").click()

    await page.goto(f"{system.crm_url}/leads/{lead}")
    await page.keyboard.press("r")
    await page.get_by_label("Template").select_option("First answer")
    await page.get_by_role("button", name="Insert").click()
    await expect(page.get_by_label("Text")).to_have_value("Hello Grace, thank you.")
