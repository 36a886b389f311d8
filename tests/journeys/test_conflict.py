"""Two people at work on one lead."""

from __future__ import annotations

import pytest
from playwright.async_api import expect
from site_client import GRACE, TITLE, OpenPage, RunningSystem, create_lead

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("script", [True, False], ids=["with script", "without script"])
async def test_who_saves_second_sees_both_and_loses_nothing(system: RunningSystem, office: OpenPage, script: bool):
    lead = await create_lead(system)
    mine, theirs = await office(java_script_enabled=script), await office(java_script_enabled=script)
    for page in (mine, theirs):
        await page.goto(f"{system.crm_url}/leads/{lead}/edit")
    await theirs.get_by_label("Phone", exact=True).fill("+1 555 0199")
    await theirs.get_by_role("button", name="Save").click()
    await expect(theirs.get_by_role("heading", level=1)).to_have_text(TITLE)
    await mine.get_by_label("Phone", exact=True).fill("+1 555 0177")
    await mine.get_by_label("Message", exact=True).fill("A faster compiler, by May.")
    await mine.get_by_label("Company").fill("US Navy")
    await mine.get_by_role("button", name="Save").click()
    await expect(mine.get_by_role("heading", level=1)).to_contain_text("Someone else changed")
    phone = mine.get_by_role("group", name="Phone")
    await expect(phone).to_contain_text("+1 555 0177")
    await expect(phone).to_contain_text("+1 555 0199")
    assert await system.sql.fetchval("SELECT company FROM leads WHERE id = $1", lead) == GRACE["company"]
    await phone.get_by_label("Current").check()
    await mine.get_by_role("button", name="Save my choices").click()
    await expect(mine.get_by_role("heading", level=1)).to_have_text("A faster compiler, by May")
    (saved,) = await system.leads()
    assert (saved["phone"], saved["company"]) == ("+1 555 0199", "US Navy")
    assert saved["message"] == "A faster compiler, by May."


async def test_a_lead_that_was_moved_meanwhile_is_not_moved_unseen(system: RunningSystem, office: OpenPage):
    lead = await create_lead(system)
    mine, theirs = await office(), await office()
    for page in (mine, theirs):
        await page.goto(f"{system.crm_url}/leads/{lead}")
    await theirs.get_by_role("link", name="Won").click()
    await theirs.get_by_role("button", name="Mark as won").click()
    await expect(theirs.locator("[aria-current=step]")).to_have_text("Won")
    await mine.get_by_role("button", name="Move to Contacted").click()
    await expect(mine.get_by_role("heading", name="Someone else changed the status of Grace Hopper")).to_be_visible()
    assert await system.sql.fetchval("SELECT status FROM leads WHERE id = $1", lead) == "won"
    await mine.get_by_role("link", name="Leave it at Won").click()
    await expect(mine.locator("[aria-current=step]")).to_have_text("Won")
