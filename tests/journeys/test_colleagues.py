"""Two colleagues at work on one lead at the same time, each in a browser of their own."""

from __future__ import annotations

import asyncio
import re

import pytest
from playwright.async_api import Page, expect
from site_client import TITLE, OpenPage, RunningSystem, create_lead
from wait_for import wait_for

pytestmark = pytest.mark.browser

BOB = "bob@team.example"


async def join_team(system: RunningSystem, ada: Page, bob: Page) -> None:
    """Ada invites Bob, and he accepts with the link."""
    await system.sql.execute("UPDATE sessions SET confirmed_at = now()")
    await ada.goto(f"{system.crm_url}/settings/team/invite")
    await ada.get_by_label("E-mail").fill(BOB)
    await ada.get_by_role("button", name="Invite").click()
    link = await ada.get_by_role("textbox", name="Invitation link").text_content()
    await bob.goto(link or "")
    await bob.get_by_label("Your name").fill("Bob Stone")
    await bob.get_by_label("Password").fill("seven calm lanterns drift")
    await bob.get_by_role("button", name="Create account").click()
    await bob.get_by_role("heading", name="Today").wait_for()


async def edit(page: Page, field: str, value: str) -> None:
    """Edit one field where it stands."""
    place = page.locator(f"#field-{field}")
    await place.locator("summary").click()
    await place.locator(f"#edit-{field}").fill(value)
    await place.get_by_role("button", name="Save").click()
    await expect(place.locator("summary")).to_contain_text(value)


async def test_two_colleagues_change_one_lead_at_once_and_nothing_is_lost(
    system: RunningSystem, office: OpenPage, visitor: OpenPage
):
    lead = await create_lead(system)
    url = f"{system.crm_url}/leads/{lead}"
    ada, bob = await office(), await visitor()
    await join_team(system, ada, bob)
    for page in (ada, bob):
        await page.goto(url)

    # Different fields at the same moment: no question is asked.
    await asyncio.gather(edit(ada, "hours", "12"), edit(bob, "value", "500"))

    # One assigns while the other, who sees the page from before, moves.
    async def assign() -> None:
        await ada.locator("details.owner > summary").click()
        await ada.get_by_role("button", name="Bob Stone").click()
        await expect(ada.locator("details.owner > summary")).to_contain_text("Bob Stone")

    async def move() -> None:
        await bob.get_by_role("button", name="Move to Contacted").click()
        await expect(bob.locator("[aria-current=step]")).to_have_text("Contacted")

    await asyncio.gather(assign(), move())
    await bob.reload()
    await expect(bob.locator("details.owner > summary")).to_contain_text("Bob Stone")
    await expect(bob.locator("#field-hours > summary")).to_contain_text("12")

    # Both have the form open. They change different fields, and one that is the same.
    for page in (ada, bob):
        await page.goto(f"{url}/edit")
    await ada.get_by_label("Phone", exact=True).fill("+1 555 0199")
    await ada.get_by_label("Company").fill("US Navy")
    await ada.get_by_role("button", name="Save").click()
    await expect(ada.get_by_role("heading", level=1)).to_have_text(TITLE)
    await bob.get_by_label("Phone", exact=True).fill("+1 555 0177")
    await bob.get_by_label("Message", exact=True).fill("A faster compiler, by May.")
    await bob.get_by_role("button", name="Save").click()
    await expect(bob.get_by_role("heading", level=1)).to_contain_text("Someone else changed")
    await expect(bob.locator("main fieldset")).to_have_count(1)
    await bob.get_by_role("group", name="Phone").get_by_label("Yours").check()
    await bob.get_by_role("button", name="Save my choices").click()
    await expect(bob.get_by_role("heading", level=1)).to_have_text("A faster compiler, by May")

    (saved,) = await system.leads()
    bob_id = await system.sql.fetchval("SELECT id FROM users WHERE email = $1", BOB)
    kept = {name: saved[name] for name in ("hours", "value", "status", "owner_id", "phone", "company", "message")}
    assert kept == {
        "hours": 12, "value": 500, "status": "contacted", "owner_id": bob_id, "phone": "+1 555 0177",
        "company": "US Navy", "message": "A faster compiler, by May.",
    }  # fmt: skip

    # Each sees what the other did, under the right name, and Bob has mail about his new lead, once.
    await ada.goto(url)
    timeline = ada.locator("ol.timeline")
    await expect(timeline).to_contain_text(re.compile("Bob Stone.*Contacted", re.DOTALL))
    await expect(timeline).to_contain_text(re.compile("Bob Stone.*owner|owner.*Bob Stone", re.DOTALL))

    async def has_mail() -> int:
        return int(
            await system.sql.fetchval("SELECT count(*) FROM mails WHERE recipient = $1 AND subject LIKE 'Yours%'", BOB)
        )

    await wait_for(has_mail, "Bob has mail about his lead")
    assert await has_mail() == 1


async def test_both_move_one_lead_and_the_second_is_asked(system: RunningSystem, office: OpenPage, visitor: OpenPage):
    lead = await create_lead(system)
    ada, bob = await office(), await visitor()
    await join_team(system, ada, bob)
    for page in (ada, bob):
        await page.goto(f"{system.crm_url}/leads/{lead}")
    await ada.get_by_role("button", name="Move to Qualified").click()
    await expect(ada.locator("[aria-current=step]")).to_have_text("Qualified")
    await bob.get_by_role("button", name="Move to Contacted").click()
    await expect(bob.get_by_role("heading", level=1)).to_contain_text("Someone else changed the status")
    await bob.get_by_role("link", name="Leave it at Qualified").click()
    await expect(bob.locator("[aria-current=step]")).to_have_text("Qualified")
