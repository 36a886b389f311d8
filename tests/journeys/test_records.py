"""Lists, the page of a lead and forms, as a browser shows them at four widths."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Literal

import pytest
from playwright.async_api import expect
from site_client import OpenPage, RunningSystem, create_lead

pytestmark = pytest.mark.browser

SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
WIDTHS = (1440, 1024, 820, 390)
LISTS = ("/leads", "/leads?has_next_action=true", "/contacts", "/companies", "/inbox")
SHORT = 12
"""Fewer characters of a cell than these say nothing."""
LONG_ROWS = (
    """
    INSERT INTO companies (name, domain, phone, created_at, updated_at)
    SELECT 'Quillmark Publishing and Printing ' || n, 'quillmark' || n || '.example', '+44 1632 960' || n, now(), now()
    FROM generate_series(101, 112) AS n
    """,
    """
    INSERT INTO contacts (name, email, phone, job_title, company_id, created_at, updated_at)
    SELECT 'Eleanor Margaret Voss ' || id, 'eleanor.voss@' || domain, phone, 'Head of editorial systems', id, now(),
           now()
    FROM companies WHERE domain LIKE 'quillmark%'
    """,
    """
    INSERT INTO leads (reference, name, email, phone, company, message, channel, status, value, currency, next_action,
                       next_action_on, contact_id, company_id, received_at, status_at, created_at, updated_at)
    SELECT 'E-LONG-' || contacts.id, contacts.name, email, contacts.phone, companies.name,
           'Our instruments write files to a network drive, and nobody reads them before the end of the month.', 'site',
           (ARRAY['new', 'contacted', 'qualified', 'proposal'])[1 + contacts.id % 4], 1234567.89, 'EUR',
           'Ask for access to the staging system', current_date - (contacts.id % 3)::integer, contacts.id, companies.id,
           now(), now(), now(), now()
    FROM contacts JOIN companies ON companies.id = company_id WHERE domain LIKE 'quillmark%'
    """,
)
"""Rows whose texts are longer than their columns."""
FIND_PROBLEMS = (Path(__file__).parent / "lists.js").read_text("utf-8")


async def test_every_list_fits_its_screen(system: RunningSystem, office: OpenPage):
    await create_lead(system)
    for statement in LONG_ROWS:
        await system.sql.execute(statement)
    page = await office()
    found = {}
    for scheme in SCHEMES:
        await page.emulate_media(color_scheme=scheme)
        for width in WIDTHS:
            await page.set_viewport_size({"width": width, "height": 900})
            for path in LISTS:
                await page.goto(system.crm_url + path)
                found[scheme, width, path] = await page.evaluate(FIND_PROBLEMS, SHORT)
    assert {place: errors for place, errors in found.items() if errors} == {}


async def test_a_list_becomes_rows_of_two_lines_where_it_is_narrow(system: RunningSystem, office: OpenPage):
    await create_lead(system)
    page = await office(width=890)
    await page.goto(f"{system.crm_url}/leads")
    title, line = page.locator(".row-link").first, page.locator(".row-line").first
    await expect(line).to_contain_text("New · Navy")
    above, below = await title.bounding_box(), await line.bounding_box()
    assert above
    assert below
    assert below["y"] >= above["y"] + above["height"] - 1
    await page.set_viewport_size({"width": 1440, "height": 900})
    await expect(line).to_be_hidden()


async def test_on_a_phone_the_facts_of_the_contact_come_before_the_timeline(system: RunningSystem, office: OpenPage):
    lead = await create_lead(system)
    page = await office(width=390)
    await page.goto(f"{system.crm_url}/leads/{lead}")
    places = [await page.locator(each).bounding_box() for each in (".meter", "#facts", "#timeline-title", "#source")]
    tops = [place["y"] for place in places if place]
    assert len(tops) == 4
    assert tops == sorted(tops)


@pytest.mark.parametrize("script", [True, False], ids=["with script", "without script"])
async def test_a_field_is_edited_where_it_stands(system: RunningSystem, office: OpenPage, script: bool):
    lead = await create_lead(system)
    page = await office(java_script_enabled=script)
    await page.goto(f"{system.crm_url}/leads/{lead}")
    await page.locator("#field-hours > summary").click()
    field = page.locator("#edit-hours")
    if script:
        await expect(field).to_be_focused()
    await field.fill("-4")
    await page.locator("#field-hours").get_by_role("button", name="Save").click()
    await expect(page.locator("#error-edit-hours")).to_have_text("Must be 0 or more.")
    if script:
        await expect(field).to_be_focused()
    await field.fill("16")
    await field.press("Enter")
    await expect(page.locator("#field-hours > summary")).to_contain_text("16")
    assert await system.sql.fetchval("SELECT hours FROM leads WHERE id = $1", lead) == 16


async def test_after_control_enter_the_cursor_is_in_the_empty_note(system: RunningSystem, office: OpenPage):
    lead = await create_lead(system)
    page = await office()
    await page.goto(f"{system.crm_url}/leads/{lead}")
    note = page.get_by_placeholder("Add a note, call, meeting or e-mail")
    await note.fill("They want a demo.")
    await note.press("Control+Enter")
    await expect(page.locator(".event-text")).to_have_text("They want a demo.")
    await expect(note).to_be_focused()
    await expect(note).to_have_value("")


async def test_a_form_uses_the_width_and_its_errors_stand_apart(system: RunningSystem, office: OpenPage):
    page = await office(width=1440)
    await page.goto(f"{system.crm_url}/leads/new")
    name, email = await page.get_by_label("Name").bounding_box(), await page.get_by_label("E-mail").bounding_box()
    assert name
    assert email
    assert (name["y"], name["x"] < email["x"]) == (email["y"], True)
    await page.get_by_label("Name").fill("Bob")
    await page.get_by_label("E-mail").fill("no address")
    await page.get_by_role("button", name="Add lead").click()
    await expect(page.get_by_label("E-mail")).to_be_focused()
    box, label = await page.locator(".errors").bounding_box(), await page.locator("label").nth(1).bounding_box()
    assert box
    assert label
    assert label["y"] - box["y"] - box["height"] >= 16


async def test_a_filter_takes_several_values_and_leads_to_an_address_that_can_be_shared(
    system: RunningSystem, office: OpenPage
):
    await create_lead(system)
    page = await office(width=390)
    await page.goto(f"{system.crm_url}/leads")
    await page.get_by_text("Filter", exact=True).click()
    await page.locator("#add-filter").get_by_text("How they heard about us").click()
    await page.get_by_label("An article of yours").check()
    await page.get_by_label("An event").check()
    await page.locator(".filter-field[open]").get_by_role("button", name="Apply").click()
    await page.wait_for_url("**/leads?source=blog&source=event")
    await expect(page.get_by_text("An article of yours or An event").first).to_be_visible()
    await expect(page.locator("tbody tr")).to_have_count(1)


async def test_the_box_that_searches_a_list_stands_beside_its_heading_and_keeps_what_is_typed(
    system: RunningSystem, office: OpenPage
):
    await create_lead(system)
    page = await office()
    for path in ("/leads", "/contacts", "/companies"):
        for width in WIDTHS:
            await page.set_viewport_size({"width": width, "height": 900})
            await page.goto(system.crm_url + path)
            heading = await page.locator(".toolbar h1").bounding_box()
            box = await page.locator(".toolbar .list-search").bounding_box()
            assert heading
            assert box
            assert box["y"] + box["height"] > heading["y"] + heading["height"] / 2, (path, width)
    await page.goto(f"{system.crm_url}/leads?status=new&q=zzz")
    narrow = page.locator("#narrow")
    await narrow.fill("")
    async with page.expect_response(lambda response: "/leads?" in response.url):
        await narrow.press_sequentially("navy", delay=5)
    await narrow.press_sequentially(" hopper", delay=5)
    await expect(page.locator(".row-link")).to_have_count(1)
    await expect(narrow).to_have_value("navy hopper")
    await expect(narrow).to_be_focused()
    await expect(page).to_have_url(re.compile(r"navy.*status=new"))


async def test_the_filters_of_a_list_stay_on_a_phone(system: RunningSystem, office: OpenPage):
    page = await office(width=390)
    await page.goto(f"{system.crm_url}/leads")
    await page.locator("#add-filter > summary").click()
    panel = await page.locator("#add-filter .filter-panel").bounding_box()
    assert panel
    assert panel["x"] >= 0
    assert panel["x"] + panel["width"] <= 390
