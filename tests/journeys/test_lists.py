"""A list by keyboard: the preview of a row, and cells that are edited in place."""

from __future__ import annotations

import pytest
from playwright.async_api import Page, expect
from site_client import GRACE, OpenPage, RunningSystem, create_lead

pytestmark = pytest.mark.browser

SHOWN = """(link) => {
    const [end, range] = [link.getBoundingClientRect().right, document.createRange()];
    return [...link.textContent].filter((_, at) => {
        range.setStart(link.firstChild, at);
        range.setEnd(link.firstChild, at + 1);
        return range.getBoundingClientRect().right <= end;
    }).length;
}"""
"""How many letters of a link its box shows."""


async def open_list(system: RunningSystem, office: OpenPage, path: str = "/leads?columns=value,phone,hours") -> Page:
    page = await office(width=1440)
    await page.goto(system.crm_url + path)
    await page.keyboard.press("j")
    await expect(page.locator(".row-link").first).to_be_focused()
    return page


async def test_the_title_of_a_lead_is_the_widest_column_and_can_be_read(system: RunningSystem, office: OpenPage):
    lead = await create_lead(system, message="Our instruments write their files to a drive that nobody backs up.")
    await system.sql.execute("UPDATE leads SET next_action = $2, value = 128000 WHERE id = $1", lead, "Ask for it " * 5)
    page = await open_list(system, office, "/leads")
    widths = await page.evaluate("[...document.querySelectorAll('tbody td')].map((cell) => cell.offsetWidth)")
    assert widths.index(max(widths)) == 1
    title = page.locator("tbody .row-link").first
    assert await title.evaluate(SHOWN) >= 40
    assert (await title.bounding_box() or {})["height"] >= 24


async def test_space_shows_a_record_beside_the_list_and_arrows_the_next(system: RunningSystem, office: OpenPage):
    await create_lead(system)
    await create_lead(system, email="mary@navy.example", name="Mary", message="A second one.")
    page = await open_list(system, office)
    await page.keyboard.press(" ")
    panel = page.locator("#preview")
    await expect(panel.get_by_role("heading", level=2).first).to_have_text("A second one")
    await expect(panel).to_contain_text("mary@navy.example")
    await expect(panel).to_contain_text("New since")
    await expect(panel.get_by_role("heading", name="Message")).to_be_visible()
    assert await panel.locator("form").count() == 0
    await page.keyboard.press("ArrowDown")
    await expect(panel).to_contain_text(GRACE["email"])
    await page.keyboard.press("Escape")
    await expect(panel).to_be_hidden()
    assert page.url.endswith("/leads?columns=value,phone,hours")


async def test_keys_save_a_view_and_add_several_records(system: RunningSystem, office: OpenPage):
    await create_lead(system)
    page = await open_list(system, office, "/leads?sort=title")
    await page.keyboard.press("s")
    await page.keyboard.type("By title")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("navigation", name="Saved views")).to_contain_text("By title")
    await page.goto(system.crm_url + "/companies/new")
    for name in ("Globex", "Initech"):
        await expect(page.get_by_label("Name")).to_be_focused()
        await page.keyboard.type(name)
        await page.keyboard.press("Control+Shift+Enter")
        await expect(page.locator(".toast")).to_contain_text("Added.")
        await expect(page.get_by_label("Name")).to_have_value("")
    assert await system.sql.fetchval("SELECT count(*) FROM companies WHERE name IN ('Globex', 'Initech')") == 2
    await page.goto(system.crm_url + "/companies?q=globex")
    await page.locator(".row-link").click()
    await expect(page.get_by_role("heading", name="Tasks")).to_be_visible()
    await page.keyboard.press("Shift+T")
    await page.keyboard.type("Send the offer")
    await page.keyboard.press("Enter")
    await expect(page.locator(".tasks")).to_contain_text("Send the offer")


async def test_cells_are_edited_in_place_one_after_another(system: RunningSystem, office: OpenPage):
    lead = await create_lead(system)
    page = await open_list(system, office)
    await page.keyboard.press("e")
    cell = page.locator(".cell-editing input[name=value]")
    await expect(cell).to_be_focused()
    await page.keyboard.type("4200")
    await page.keyboard.press("Tab")
    await expect(page.get_by_role("cell", name="4,200")).to_be_visible()
    await expect(page.locator(".cell-editing input[type=tel]")).to_be_focused()
    await page.keyboard.type("+1 555 0199")
    await page.keyboard.press("Enter")
    await expect(page.locator(".cell-editing")).to_have_count(0)
    await expect(page.get_by_role("cell", name="+1 555 0199")).to_be_visible()
    row = await system.sql.fetchrow("SELECT value, phone FROM leads WHERE id = $1", lead)
    assert (int(row["value"]), row["phone"]) == (4200, "+1 555 0199")


async def test_a_refused_value_stays_in_its_cell_and_escape_leaves_the_old_one(system: RunningSystem, office: OpenPage):
    await create_lead(system)
    page = await open_list(system, office)
    await page.locator(".cell-edit").last.dblclick()
    hours = page.locator(".cell-editing input[name=value]")
    await hours.fill("-5")
    await page.keyboard.press("Enter")
    await expect(page.locator(".toast-bad")).to_contain_text("Must be 0 or more.")
    await expect(hours).to_have_value("-5")
    await page.keyboard.press("Escape")
    await expect(page.locator(".cell-editing")).to_have_count(0)
    assert await system.sql.fetchval("SELECT max(hours) FROM leads") == 0


async def test_a_value_that_someone_else_has_just_changed_is_not_replaced(system: RunningSystem, office: OpenPage):
    lead = await create_lead(system)
    page = await open_list(system, office)
    await page.locator(".cell-edit").last.dblclick()
    hours = page.locator(".cell-editing input[name=value]")
    await expect(hours).to_be_focused()
    await system.sql.execute("UPDATE leads SET hours = 7 WHERE id = $1", lead)
    await hours.fill("9")
    await page.keyboard.press("Enter")
    await expect(page.locator(".toast-bad")).to_contain_text("Someone else has just changed this to: 7.")
    assert await system.sql.fetchval("SELECT hours FROM leads WHERE id = $1", lead) == 7
