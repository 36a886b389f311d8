"""An enquiry on its way from the public form to the owner's screen, with script and without."""

from __future__ import annotations

import pytest
from playwright.async_api import Page, expect
from site_client import (
    A_MINUTE,
    GRACE,
    TITLE,
    OpenPage,
    RunningSystem,
    fill_form,
    install_page_clock,
    open_form,
    submit_form,
)

pytestmark = pytest.mark.browser

NOTES = "/blog/"


async def follow(page: Page, system: RunningSystem) -> None:
    """From Today by way of the Inbox to the lead, which is moved on and given a note."""
    await page.goto(f"{system.crm_url}/")
    await expect(page.get_by_text("New enquiry · ")).to_be_visible()
    await page.get_by_role("navigation", name="Main", exact=True).get_by_role("link", name="Inbox").click()
    await expect(page.locator(".reader .prose")).to_have_text(GRACE["message"])
    await page.get_by_role("link", name="Open lead").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text(TITLE)
    await expect(page.locator("section .prose")).to_have_text(GRACE["message"])
    address = page.url
    await page.get_by_role("button", name="Move to Contacted").click()
    await expect(page.locator("[aria-current=step]")).to_have_text("Contacted")
    await page.get_by_label("What happened").fill("Called her; she sends the traces.")
    await page.get_by_role("button", name="Add to timeline").click()
    await expect(page.locator(".timeline")).to_contain_text("Called her; she sends the traces.")
    await expect(page.locator(".timeline")).to_contain_text("Contacted")
    assert page.url.partition("#")[0] == address


async def test_with_script_an_enquiry_travels_from_the_form_to_a_note(
    system: RunningSystem, visitor: OpenPage, office: OpenPage
):
    page = await visitor()
    await install_page_clock(page)
    await open_form(page, f"{system.site_url}/")
    await submit_form(page)
    await expect(page.locator(".field-error")).to_have_count(3)
    await expect(page.locator("#name")).to_be_focused()
    await fill_form(page)
    await expect(page.locator(".field-error")).to_have_count(0)
    await page.clock.fast_forward(A_MINUTE)
    await submit_form(page)
    thanks = page.get_by_role("status")
    await expect(thanks).to_contain_text("Thank you. Your enquiry has arrived.")
    (lead,) = await system.leads()
    await expect(thanks).to_contain_text(lead["reference"])
    assert {name: lead[name] for name in GRACE} == GRACE
    assert page.url == f"{system.site_url}/"
    await follow(await office(), system)


async def test_without_script_an_enquiry_travels_from_the_form_to_a_note(
    system: RunningSystem, visitor: OpenPage, office: OpenPage
):
    page = await visitor(java_script_enabled=False)
    await page.goto(f"{system.site_url}/")
    await fill_form(page, email="grace@navy")
    await submit_form(page)
    await expect(page.get_by_role("heading", level=1)).to_have_text("Please check your enquiry")
    email = page.get_by_label("E-mail")
    await expect(email).to_have_attribute("aria-invalid", "true")
    await expect(page.locator("#error-email")).to_contain_text("needs an ending")
    kept = {name: await page.locator(f"[name={name}]").input_value() for name in GRACE}
    assert kept == {**GRACE, "email": "grace@navy"}
    assert await page.locator("[name=budget]").input_value() == "from_5k_to_15k"
    assert await system.leads() == []
    await email.fill(GRACE["email"])
    await submit_form(page)
    (lead,) = await system.leads()
    await page.wait_for_url(f"{system.site_url}/thanks.html?ref={lead['reference']}")
    await follow(await office(java_script_enabled=False), system)


async def test_where_a_visitor_came_from_first_and_last_stands_with_the_lead(
    system: RunningSystem, visitor: OpenPage, office: OpenPage
):
    page = await visitor()
    await install_page_clock(page)
    await page.goto(f"{system.site_url}{NOTES}?utm_source=letter&utm_campaign=may", referer="https://news.example/")
    await page.get_by_role("navigation").get_by_role("link", name="Services").first.click()
    await page.wait_for_url(f"{system.site_url}/#*")
    await page.goto(f"{system.site_url}/?utm_source=friend&utm_medium=talk", referer="https://other.example/")
    await page.locator("form[novalidate]").wait_for()
    await fill_form(page)
    await page.clock.fast_forward(A_MINUTE)
    await submit_form(page)
    await expect(page.get_by_role("status")).to_contain_text("Your enquiry has arrived")
    (lead,) = await system.leads()
    owner = await office()
    await owner.goto(f"{system.crm_url}/leads/{lead['id']}")
    first, last = [owner.locator(".path li").filter(has_text=words) for words in ("First visit", "Last visit")]
    for words in (NOTES, "news.example", "letter", "may"):
        await expect(first).to_contain_text(words)
    for words in ("other.example", "friend", "talk"):
        await expect(last).to_contain_text(words)
