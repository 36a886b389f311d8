"""An enquiry while the service is away, or its answer gets lost: the visitor is told the truth, and it arrives once."""

from __future__ import annotations

import signal

import pytest
from patience import until
from playwright.async_api import Page, expect
from visit import A_MINUTE, GRACE, House, Open, open_form, send, unhurried, write

pytestmark = pytest.mark.browser

SOON = 10_000
"""Milliseconds after which the page has tried again by itself."""


@pytest.fixture
async def page(house: House, visitor: Open) -> Page:
    """The form, filled in and not yet sent."""
    page = await visitor()
    await unhurried(page)
    await open_form(page, f"{house.site_url}/")
    await write(page)
    await page.clock.fast_forward(A_MINUTE)
    return page


async def test_while_the_service_is_away_an_enquiry_waits_and_then_arrives_once(house: House, page: Page):
    await house.crm.end(signal.SIGKILL)
    await send(page)
    told = page.get_by_role("status")
    await expect(told).to_contain_text("Our server did not answer. Your enquiry is not lost.")
    await expect(told.get_by_role("link", name="Send by e-mail instead")).to_be_visible()
    assert await page.locator("#message").input_value() == GRACE["message"]
    await house.crm.start()
    await house.crm.well()
    assert await house.leads() == []
    await page.clock.fast_forward(SOON)
    await expect(told).to_contain_text("Thank you. Your enquiry has arrived.")
    (lead,) = await house.leads()
    await expect(told).to_contain_text(lead["reference"])
    await open_form(page)
    await expect(page.locator("#message")).to_have_value("")
    assert await page.evaluate("localStorage['enquiry.queue']") == "[]"
    assert [each["id"] for each in await house.leads()] == [lead["id"]]


async def test_an_enquiry_whose_answer_was_lost_is_sent_again_and_is_still_one(house: House, page: Page):
    house.door.losing = True
    await send(page)
    await expect(page.get_by_role("status")).to_contain_text("Your enquiry is not lost.")
    assert house.door.lost >= 1
    (lead,) = await house.leads()
    house.door.losing = False
    # The visitor has left meanwhile and comes back.
    await page.goto(f"{house.site_url}/privacy.html")
    await open_form(page, f"{house.site_url}/")
    await expect(page.get_by_role("status")).to_contain_text(lead["reference"])
    assert [each["id"] for each in await house.leads()] == [lead["id"]]
    assert await house.sql.fetchval("SELECT count(*) FROM submissions") == 1


async def test_an_enquiry_given_up_by_the_visitor_is_not_sent_later(house: House, page: Page):
    await house.crm.end(signal.SIGKILL)
    await send(page)
    await page.get_by_role("button", name="Forget it").click()
    await house.crm.start()
    await house.crm.well()
    await open_form(page)
    await write(page, message="Another one, which may be sent.")
    await page.clock.fast_forward(A_MINUTE)
    await send(page)
    (lead,) = await until(house.leads, "the second enquiry")
    assert lead["message"] == "Another one, which may be sent."


async def test_a_waiting_enquiry_is_sent_from_a_page_of_the_blog_too(house: House, page: Page):
    await house.crm.end(signal.SIGKILL)
    await send(page)
    await expect(page.get_by_role("status")).to_contain_text("Your enquiry is not lost.")
    await page.goto(f"{house.site_url}/blog/")
    await house.crm.start()
    await house.crm.well()
    await page.clock.fast_forward(SOON)
    await until(house.leads, "the enquiry arrives")
    (lead,) = await house.leads()
    assert lead["email"] == GRACE["email"]
    await open_form(page, f"{house.site_url}/")
    await expect(page.get_by_role("status")).to_contain_text(lead["reference"])
    await open_form(page)
    await expect(page.get_by_role("status")).to_be_empty()
