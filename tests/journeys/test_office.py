"""The owner's day at the desk: deleting and taking it back, going through the inbox and a list."""

from __future__ import annotations

import pytest
from insert_samples import HONEYPOT_VALUE
from playwright.async_api import expect
from site_client import OpenPage, RunningSystem, create_lead, post_enquiry

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("script", [True, False])
async def test_a_deleted_lead_is_brought_back_by_one_press(system: RunningSystem, office: OpenPage, script: bool):
    lead = await create_lead(system)
    page = await office(java_script_enabled=script)
    await page.goto(f"{system.crm_url}/leads/{lead}")
    await page.get_by_label("More", exact=True).click()
    await page.get_by_role("button", name="Delete").click()
    await page.wait_for_url(f"{system.crm_url}/leads")
    assert await system.leads() == []
    await page.get_by_role("button", name="Undo").click()
    await page.wait_for_url(f"{system.crm_url}/leads/{lead}")
    assert [each["id"] for each in await system.leads()] == [lead]


async def test_the_key_z_takes_back_what_was_just_done(system: RunningSystem, office: OpenPage):
    lead = await create_lead(system)
    page = await office()
    await page.goto(f"{system.crm_url}/leads/{lead}")
    await page.get_by_label("More", exact=True).click()
    await page.get_by_role("button", name="Delete").click()
    await expect(page.get_by_role("button", name="Undo")).to_be_visible()
    await page.keyboard.press("z")
    await page.wait_for_url(f"{system.crm_url}/leads/{lead}")


async def test_the_inbox_is_read_through_without_loading_a_page_anew(system: RunningSystem, office: OpenPage):
    for name in ("first", "second"):
        await post_enquiry(
            system, name=name, email=f"{name}@seo.example", message=f"Links of the {name}", website=HONEYPOT_VALUE
        )
    page = await office()
    await page.goto(f"{system.crm_url}/inbox?tab=quarantine")
    await page.evaluate("window.here = true")
    await page.keyboard.press("j")
    await page.keyboard.press("Enter")
    await expect(page.locator("#submission h2")).to_have_text("second")
    await page.keyboard.press("j")
    await page.keyboard.press("Enter")
    await expect(page.locator("#submission h2")).to_have_text("first")
    assert await page.evaluate("window.here")
    number = await system.sql.fetchval("SELECT min(id) FROM submissions")
    assert page.url == f"{system.crm_url}/inbox/{number}"
    assert (await page.title()).startswith("first")


async def test_arrows_go_through_the_list_a_lead_was_opened_from(system: RunningSystem, office: OpenPage):
    older, newer = await create_lead(system), await create_lead(system, email="zoe@quine.example")
    page = await office()
    await page.goto(f"{system.crm_url}/leads/{newer}?status=new")
    await page.keyboard.press("Control+ArrowRight")
    await page.wait_for_url(f"{system.crm_url}/leads/{older}?status=new")
    await page.keyboard.press("Control+ArrowLeft")
    await page.wait_for_url(f"{system.crm_url}/leads/{newer}?status=new")


@pytest.mark.parametrize("script", [True, False])
async def test_several_leads_are_ticked_and_moved_together(system: RunningSystem, office: OpenPage, script: bool):
    for name in ("ann", "bob", "cy"):
        await create_lead(system, email=f"{name}@quine.example")
    page = await office(java_script_enabled=script)
    await page.goto(f"{system.crm_url}/leads")
    bar = page.locator("#bulk")
    await expect(bar).to_be_hidden()
    boxes = page.get_by_role("checkbox", name="Select Our compiler")
    await boxes.nth(0).check()
    await boxes.nth(2).check()
    await expect(bar.get_by_label("Why they were lost")).to_be_hidden()
    await bar.get_by_label("Move to").select_option("qualified")
    await bar.get_by_role("button", name="Move").click()
    await expect(page.get_by_text("2 leads moved to Qualified.")).to_be_visible()
    await expect(bar).to_be_hidden()
    assert [lead["status"] for lead in await system.leads()] == ["qualified", "new", "qualified"]
    await page.get_by_role("button", name="Undo").click()
    await expect(page.get_by_text("2 changes undone.")).to_be_visible()
    assert [lead["status"] for lead in await system.leads()] == ["new", "new", "new"]


async def test_a_column_is_sized_by_dragging_and_by_keyboard_and_stays_so(system: RunningSystem, office: OpenPage):
    await create_lead(system)
    page = await office()
    await page.goto(f"{system.crm_url}/leads")
    heading = page.locator("th[data-column=contact]")
    edge = heading.get_by_role("separator", name="Width of Contact")
    box, width = await edge.bounding_box(), await heading.evaluate("each => each.offsetWidth")
    assert box
    await page.mouse.move(box["x"] + 4, box["y"] + 9)
    await page.mouse.down()
    await page.mouse.move(box["x"] + 64, box["y"] + 9, steps=3)
    async with page.expect_response("**/leads/column-sizes"):
        await page.mouse.up()
    await edge.focus()
    async with page.expect_response("**/leads/column-sizes"):
        await page.keyboard.press("ArrowRight")
    await page.reload()
    await expect(heading).to_have_attribute("width", str(width + 76))
    await edge.focus()
    async with page.expect_event("load"):
        await page.keyboard.press("Home")
    await expect(heading).to_have_attribute("width", "200")


async def test_widths_are_typed_and_reset_without_a_script(system: RunningSystem, office: OpenPage):
    await create_lead(system)
    page = await office(java_script_enabled=False)
    await page.goto(f"{system.crm_url}/leads")
    await page.locator("#columns > summary").click()
    await page.get_by_text("Column widths").click()
    await page.locator("#columns").get_by_label("Title").last.fill("300")
    await page.get_by_role("button", name="Save widths").click()
    await expect(page.locator("th[data-column=title]")).to_have_attribute("width", "300")
    await page.locator("#columns > summary").click()
    await page.get_by_text("Column widths").click()
    await page.get_by_role("button", name="Reset widths").click()
    await expect(page.locator("th[width]")).to_have_count(0)


async def test_leads_are_ticked_by_keyboard(system: RunningSystem, office: OpenPage):
    for name in ("ann", "bob"):
        await create_lead(system, email=f"{name}@quine.example")
    page = await office()
    await page.goto(f"{system.crm_url}/leads")
    for key in ("j", "x", "j", "x"):
        await page.keyboard.press(key)
    await expect(page.locator("#ticked")).to_have_text("these 2 leads")
    await page.keyboard.press("x")
    await expect(page.locator("#ticked")).to_have_text("this lead")


@pytest.mark.parametrize("script", [True, False])
async def test_ticked_leads_are_assigned_from_a_menu_with_faces(system: RunningSystem, office: OpenPage, script: bool):
    for name in ("ann", "bob"):
        await create_lead(system, email=f"{name}@quine.example")
    page = await office(java_script_enabled=script)
    await page.goto(f"{system.crm_url}/leads")
    for box in await page.get_by_role("checkbox", name="Select Our compiler").all():
        await box.check()
    bar = page.locator("#bulk")
    await bar.get_by_text("Assign to").click()
    await expect(bar.locator("label .avatar")).not_to_have_count(0)
    await bar.get_by_role("button", name="Assign", exact=True).click()
    await expect(page.get_by_text("2 leads assigned to")).to_be_visible()
    assert {lead["owner_id"] for lead in await system.leads()} == {await system.sql.fetchval("SELECT id FROM users")}
