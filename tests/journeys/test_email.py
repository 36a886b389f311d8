"""A user answers an enquiry from its lead: key, template, undo, sending, and the answer on the timeline."""

from __future__ import annotations

import re

import pytest
from playwright.async_api import expect
from site_client import OpenPage, RunningSystem, create_lead
from wait_for import wait_for

pytestmark = pytest.mark.browser

TEMPLATE = """
    INSERT INTO email_templates (name, subject, body, created_at, updated_at)
    VALUES ('First answer', 'About {{title}}', E'Dear {{first_name}},\n\ncould we talk on Friday?', now(), now())
"""


async def test_an_enquiry_is_answered_from_its_lead(system: RunningSystem, office: OpenPage):
    lead_id = await create_lead(system, name="Grace Hopper", email="grace@navy.example")
    await system.sql.execute(TEMPLATE)
    page = await office()
    await page.goto(f"{system.crm_url}/leads/{lead_id}")
    await page.keyboard.press("r")
    await expect(page.get_by_label("To", exact=True)).to_have_value("grace@navy.example")
    await page.get_by_label("Template").select_option("First answer")
    await page.get_by_role("button", name="Insert").click()
    await expect(page.get_by_label("Text")).to_have_value(re.compile("Dear Grace,"))
    await page.get_by_role("button", name="Send", exact=True).click()
    # Undo gives the text back, and nothing is sent.
    await page.get_by_role("button", name="Undo").click()
    await expect(page.get_by_label("Text")).to_have_value(re.compile("could we talk on Friday"))
    assert await system.sql.fetchval("SELECT status FROM leads WHERE id = $1", lead_id) == "new"
    await page.get_by_role("button", name="Send", exact=True).click()
    await expect(page.get_by_text("Sending in 10 seconds.")).to_be_visible()

    answered = "SELECT count(*) FROM activities WHERE kind = 'email' AND by_kind = 'person' AND lead_id = $1"
    await wait_for(lambda: system.sql.fetchval(answered, lead_id), "the answer on the timeline")
    await page.goto(f"{system.crm_url}/leads/{lead_id}")
    await expect(page.locator("#timeline")).to_contain_text("could we talk on Friday?")
    await expect(page.locator(".meter [aria-current=step]")).to_contain_text("Contacted")
