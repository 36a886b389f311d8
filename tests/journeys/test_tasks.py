"""A day with tasks: they are added, done, put off and taken back, with a script and without."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from playwright.async_api import expect
from site_client import OpenPage, RunningSystem, create_lead

pytestmark = pytest.mark.browser


def read_today() -> str:
    return datetime.now(ZoneInfo("Europe/Bucharest")).date().isoformat()


@pytest.mark.parametrize("script", [True, False])
async def test_done_asks_what_is_next_and_the_answer_is_the_next_step(
    system: RunningSystem, office: OpenPage, script: bool
):
    lead = await create_lead(system)
    page = await office(java_script_enabled=script)
    await page.goto(f"{system.crm_url}/leads/{lead}")
    await page.get_by_text("Add task").first.click()
    form = page.locator(".task-form")
    await form.get_by_label("Task").fill("Call about the compiler")
    await form.get_by_label("Due").fill(read_today())
    await form.get_by_label("Time").fill("16:30")
    await form.get_by_role("button", name="Add task").click()
    step = page.get_by_label("Next step", exact=True)
    await expect(step.first).to_contain_text("Call about the compiler")
    await page.get_by_role("button", name="Done", exact=True).click()
    await expect(page.get_by_text("Done: Call about the compiler. And next?")).to_be_visible()
    await page.get_by_label("Next step", exact=True).last.fill("Send the offer")
    await page.get_by_role("button", name="Add next step").click()
    await expect(page.get_by_label("Next step", exact=True).first).to_contain_text("Send the offer")
    rows = await system.sql.fetch("SELECT title, done_at IS NOT NULL AS done FROM tasks ORDER BY id")
    assert [tuple(row) for row in rows] == [("Call about the compiler", True), ("Send the offer", False)]


@pytest.mark.parametrize("script", [True, False])
async def test_a_task_is_put_off_and_done_from_today_and_both_are_undone(
    system: RunningSystem, office: OpenPage, script: bool
):
    page = await office(java_script_enabled=script)
    await page.goto(f"{system.crm_url}/tasks/new")
    await page.get_by_label("Task").fill("Send the invoices")
    await page.get_by_label("Due").fill(read_today())
    await page.get_by_label("Repeats").select_option("Every month")
    await page.get_by_role("button", name="Add task").click()
    await page.wait_for_url(f"{system.crm_url}/tasks/*")
    for menu, press in ((True, "Later"), (False, "Done")):
        await page.goto(f"{system.crm_url}/")
        card = page.locator(".queue-item", has_text="Send the invoices")
        if menu:
            await card.locator("summary").click()
        await card.get_by_role("button", name=press).click()
        await expect(page.locator(".queue-item", has_text="Send the invoices")).to_have_count(0)
        await page.get_by_role("button", name="Undo").click()
        await page.goto(f"{system.crm_url}/")
        await expect(page.locator(".queue-item", has_text="Send the invoices")).to_have_count(1)
    assert await system.sql.fetchval("SELECT count(*) FROM tasks") == 1


async def test_tasks_are_reached_and_walked_through_by_keyboard(system: RunningSystem, office: OpenPage):
    page = await office()
    await page.goto(f"{system.crm_url}/leads")
    await page.keyboard.press("g")
    await page.keyboard.press("k")
    await page.wait_for_url(f"{system.crm_url}/tasks")
    await page.keyboard.press("n")
    await expect(page.get_by_role("heading", name="New task")).to_be_visible()
    await page.get_by_label("Task").fill("Read")
    await page.get_by_label("Due").fill(read_today())
    await page.keyboard.press("Control+Enter")
    await page.wait_for_url(f"{system.crm_url}/tasks?tab=today")
    await page.keyboard.press("j")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("heading", name="Read")).to_be_visible()
