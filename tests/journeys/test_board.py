"""The board by mouse, by keyboard, by two people at once, on a phone, and without JavaScript."""

from __future__ import annotations

import pytest
from playwright.async_api import Page, expect
from site_client import OpenPage, RunningSystem

pytestmark = pytest.mark.browser

ADD = """
INSERT INTO leads (reference, name, title, channel, status, received_at, status_at, created_at, updated_at)
VALUES ($1, $1, $1, 'manual', $2, now(), now(), now(), now())
RETURNING id
"""


async def add(system: RunningSystem, title: str, status: str = "new") -> int:
    lead_id: int = await system.sql.fetchval(ADD, title, status)
    return lead_id


async def open_board(page: Page, system: RunningSystem) -> Page:
    await page.goto(f"{system.crm_url}/pipeline")
    return page


def cards(page: Page, column: str):  # type: ignore[no-untyped-def]
    return page.locator(f'.board-cards[data-column="{column}"] .row-link')


async def test_a_card_is_dragged_to_another_stage_and_undo_brings_it_back(system: RunningSystem, office: OpenPage):
    await add(system, "Bridge")
    await add(system, "Tower", "contacted")
    page = await open_board(await office(), system)
    await page.locator(".board-card", has_text="Bridge").drag_to(page.locator(".board-card", has_text="Tower"))
    await expect(cards(page, "contacted")).to_have_count(2)
    await expect(page.locator("#toasts")).to_contain_text("Moved to Contacted.")
    await page.get_by_role("button", name="Undo").click()
    await expect(cards(page, "new")).to_have_text(["Bridge"])


async def test_keys_move_a_card_between_and_within_stages(system: RunningSystem, office: OpenPage):
    await add(system, "Bridge")
    await add(system, "Tower")
    page = await open_board(await office(), system)
    await page.keyboard.press("g")
    await page.keyboard.press("p")
    await page.wait_for_url(f"{system.crm_url}/pipeline")
    await cards(page, "new").first.focus()
    await page.keyboard.press("]")
    await expect(cards(page, "contacted")).to_have_text(["Tower"])
    await expect(cards(page, "contacted").first).to_be_focused()
    await page.keyboard.press("[")
    await expect(cards(page, "new")).to_have_text(["Tower", "Bridge"])
    await expect(cards(page, "new").first).to_be_focused()
    await page.keyboard.press("Shift+ArrowDown")
    await expect(cards(page, "new")).to_have_text(["Bridge", "Tower"])
    await expect(cards(page, "new").nth(1)).to_be_focused()
    await page.keyboard.press("ArrowUp")
    await expect(cards(page, "new").first).to_be_focused()
    await page.keyboard.press("w")
    await expect(page.get_by_role("heading", name="Bridge: won")).to_be_visible()


async def test_two_people_move_one_card_and_the_second_sees_where_it_is(system: RunningSystem, office: OpenPage):
    await add(system, "Bridge")
    first, second = await open_board(await office(), system), await open_board(await office(), system)
    await cards(first, "new").first.focus()
    await first.keyboard.press("]")
    await expect(cards(first, "contacted")).to_have_text(["Bridge"])
    await second.locator(".board-card").drag_to(second.locator("#stage-proposal"))
    await expect(second.locator("#toasts")).to_contain_text("somebody else has just moved Bridge to Contacted")
    await expect(cards(second, "contacted")).to_have_text(["Bridge"])


async def test_lost_is_dropped_explained_and_back_on_the_board(system: RunningSystem, office: OpenPage):
    await add(system, "Bridge")
    page = await open_board(await office(), system)
    await page.get_by_label("Move Bridge").click()
    await page.get_by_role("button", name="Lost").click()
    await page.get_by_label("No budget").check()
    await page.get_by_role("button", name="Mark as lost").click()
    await page.wait_for_url(f"{system.crm_url}/pipeline")
    await expect(page.locator(".board-card")).to_have_count(0)
    await page.get_by_role("button", name="Undo").click()
    await expect(cards(page, "new")).to_have_text(["Bridge"])


async def test_a_phone_chooses_the_stage_and_the_menu_works_without_script(system: RunningSystem, office: OpenPage):
    await add(system, "Bridge")
    await add(system, "Tower", "contacted")
    page = await open_board(await office(width=390, java_script_enabled=False), system)
    await expect(page.locator(".board-card:visible .row-link")).to_have_text(["Bridge"])
    await page.get_by_label("Move Bridge").click()
    await page.get_by_role("button", name="Contacted").click()
    await page.locator(".board-picker a", has_text="Contacted").click()
    await expect(page.locator(".board-card:visible .row-link")).to_have_text(["Bridge", "Tower"])
