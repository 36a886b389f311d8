"""What stands around every page: the search box, and the messages at the bottom."""

from __future__ import annotations

import pytest
from playwright.async_api import Locator
from site_client import OpenPage, RunningSystem, create_lead

pytestmark = pytest.mark.browser


async def box(locator: Locator) -> dict[str, float]:
    found = await locator.bounding_box()
    assert found
    return dict(found)


@pytest.mark.parametrize("width", [1440, 1024, 820, 390])
async def test_the_search_box_stands_in_one_place_on_every_page(office: OpenPage, system: RunningSystem, width: int):
    lead_id = await create_lead(system)
    page = await office(width=width)
    places = set()
    for path in ("/", "/inbox", "/leads", f"/leads/{lead_id}", "/companies", "/settings", "/settings/keys/new"):
        await page.goto(system.crm_url + path)
        places.add(tuple((await box(page.locator("#search"))).items()))
    assert len(places) == 1


async def test_on_a_phone_the_search_is_an_icon_that_becomes_a_box(office: OpenPage, system: RunningSystem):
    lead_id = await create_lead(system)
    page = await office(width=390)
    await page.goto(f"{system.crm_url}/leads/{lead_id}")
    assert (await box(page.locator("#search")))["width"] <= 44
    await page.locator("#search").click()
    assert (await box(page.locator("#search")))["width"] > 280
    account = await box(page.get_by_label("Account"))
    search = await box(page.locator("#search"))
    assert search["x"] + search["width"] <= account["x"]


@pytest.mark.parametrize("width", [1440, 820, 390])
async def test_a_toast_is_in_the_center_above_the_bulk_bar(office: OpenPage, system: RunningSystem, width: int):
    await create_lead(system)
    page = await office(width=width)
    # So low that the bar lies over the list, as it does over a long one.
    await page.set_viewport_size({"width": width, "height": 360 if width > 400 else 460})
    await page.goto(f"{system.crm_url}/leads")
    await page.locator("[name=pick]").first.check()
    await page.evaluate("document.dispatchEvent(new CustomEvent('toast', {detail: {text: 'Saved.', undo: '/leads'}}))")
    toast, bulk = await box(page.locator(".toast")), await box(page.locator(".bulk"))
    assert abs(toast["x"] + toast["width"] / 2 - width / 2) < 10
    assert toast["y"] + toast["height"] <= bulk["y"]


@pytest.mark.parametrize("width", [1440, 390])
async def test_the_command_that_tries_a_new_key_is_seen_whole(office: OpenPage, system: RunningSystem, width: int):
    page = await office(width=width)
    await page.goto(f"{system.crm_url}/settings/keys/new")
    await page.get_by_label("Name", exact=True).fill("Nightly report")
    await page.get_by_role("button", name="Create key").click()
    command = page.locator("#try")
    assert (await command.inner_text()).startswith("curl http")
    assert await command.evaluate("(it) => it.scrollWidth <= it.clientWidth")
