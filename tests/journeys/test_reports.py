"""Reports: what brought the work that was won, and the leads behind each number."""

from __future__ import annotations

import pytest
from playwright.async_api import expect
from site_client import TITLE, OpenPage, RunningSystem, create_lead

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("script", [True, False])
async def test_a_won_lead_is_counted_at_its_source_and_the_number_opens_it(
    system: RunningSystem, office: OpenPage, script: bool
):
    lead = await create_lead(system)
    await create_lead(system, email="mary@navy.example", name="Mary", message="A second one.")
    page = await office(java_script_enabled=script)
    await page.goto(f"{system.crm_url}/leads/{lead}/won")
    await page.get_by_label("Value").fill("12000")
    await page.get_by_role("button", name="Won").click()
    await page.wait_for_url(f"{system.crm_url}/leads/{lead}*")

    await page.get_by_role("link", name="Reports").first.click()
    await page.get_by_role("link", name="How they heard about us").click()
    row = page.locator("tr", has=page.get_by_role("rowheader", name="An article of yours"))
    await expect(row).to_contain_text("12,000")
    await row.get_by_role("link").nth(2).click()
    await expect(page.get_by_role("heading", name="Leads")).to_be_visible()
    await expect(page.locator(".row-link")).to_have_text([TITLE])


async def test_a_period_without_enquiries_says_so_and_offers_another(system: RunningSystem, office: OpenPage):
    await create_lead(system)
    page = await office()
    await page.goto(f"{system.crm_url}/reports")
    await page.get_by_label("From").fill("2001-01-01")
    await page.get_by_label("To", exact=True).fill("2001-01-31")
    await page.get_by_role("button", name="Apply").click()
    await expect(page.get_by_text("No enquiries in this period").first).to_be_visible()
    await page.get_by_role("link", name="Last 30 days").click()
    await expect(page.get_by_text("No enquiries in this period")).to_have_count(0)
