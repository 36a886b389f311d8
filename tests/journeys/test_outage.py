"""An enquiry while the service is away, or its answer gets lost: the visitor learns the truth, and it arrives once."""

from __future__ import annotations

import signal

import pytest
from playwright.async_api import Page, expect
from site_client import A_MINUTE, GRACE, OpenPage, RunningSystem, fill_form, install_page_clock, open_form, submit_form
from wait_for import wait_for

pytestmark = pytest.mark.browser

SOON = 10_000
"""Milliseconds after which the page has tried again by itself."""


@pytest.fixture
async def page(system: RunningSystem, visitor: OpenPage) -> Page:
    """The form, filled in and not yet sent."""
    page = await visitor()
    await install_page_clock(page)
    await open_form(page, f"{system.site_url}/")
    await fill_form(page)
    await page.clock.fast_forward(A_MINUTE)
    return page


async def test_while_the_service_is_away_an_enquiry_waits_and_then_arrives_once(system: RunningSystem, page: Page):
    await system.crm.stop(signal.SIGKILL)
    await submit_form(page)
    status = page.get_by_role("status")
    await expect(status).to_contain_text("Our server did not answer. Your enquiry is not lost.")
    await expect(status.get_by_role("link", name="Send by e-mail instead")).to_be_visible()
    assert await page.locator("#message").input_value() == GRACE["message"]
    await system.crm.start()
    await system.crm.wait_until_healthy()
    assert await system.leads() == []
    await page.clock.fast_forward(SOON)
    await expect(status).to_contain_text("Thank you. Your enquiry has arrived.")
    (lead,) = await system.leads()
    await expect(status).to_contain_text(lead["reference"])
    await open_form(page)
    await expect(page.locator("#message")).to_have_value("")
    assert await page.evaluate("localStorage['enquiry.queue']") == "[]"
    assert [each["id"] for each in await system.leads()] == [lead["id"]]


async def test_an_enquiry_whose_answer_was_lost_is_sent_again_and_is_still_one(system: RunningSystem, page: Page):
    system.proxy.drop_responses = True
    await submit_form(page)
    await expect(page.get_by_role("status")).to_contain_text("Your enquiry is not lost.")
    assert system.proxy.dropped >= 1
    (lead,) = await system.leads()
    system.proxy.drop_responses = False
    # The visitor has left meanwhile and comes back.
    await page.goto(f"{system.site_url}/privacy.html")
    await open_form(page, f"{system.site_url}/")
    await expect(page.get_by_role("status")).to_contain_text(lead["reference"])
    assert [each["id"] for each in await system.leads()] == [lead["id"]]
    assert await system.sql.fetchval("SELECT count(*) FROM submissions") == 1


async def test_an_enquiry_given_up_by_the_visitor_is_not_sent_later(system: RunningSystem, page: Page):
    await system.crm.stop(signal.SIGKILL)
    await submit_form(page)
    await page.get_by_role("button", name="Forget it").click()
    await system.crm.start()
    await system.crm.wait_until_healthy()
    await open_form(page)
    await fill_form(page, message="Another one, which may be sent.")
    await page.clock.fast_forward(A_MINUTE)
    await submit_form(page)
    (lead,) = await wait_for(system.leads, "the second enquiry")
    assert lead["message"] == "Another one, which may be sent."


async def test_a_waiting_enquiry_is_sent_from_a_page_of_the_blog_too(system: RunningSystem, page: Page):
    await system.crm.stop(signal.SIGKILL)
    await submit_form(page)
    await expect(page.get_by_role("status")).to_contain_text("Your enquiry is not lost.")
    await page.goto(f"{system.site_url}/blog/")
    await system.crm.start()
    await system.crm.wait_until_healthy()
    await page.clock.fast_forward(SOON)
    await wait_for(system.leads, "the enquiry arrives")
    (lead,) = await system.leads()
    assert lead["email"] == GRACE["email"]
    await open_form(page, f"{system.site_url}/")
    await expect(page.get_by_role("status")).to_contain_text(lead["reference"])
    await open_form(page)
    await expect(page.get_by_role("status")).to_be_empty()
