"""What a visitor meets, in a browser."""

from __future__ import annotations

import json
from typing import Any

import pytest
from playwright.async_api import Browser, Page

pytestmark = pytest.mark.browser

PLACES = ["", "privacy.html", "terms.html", "thanks.html?ref=OCT-1", "404.html"]
MARA = {"name": "Mara", "email": "mara@example.com", "message": "Our booking page double-books."}


async def arrive(page: Page, address: str = "") -> None:
    """Go to the landing page, or load it anew, and wait until its script has taken the form over."""
    await (page.goto(address) if address else page.reload())
    await page.locator("form[novalidate]").wait_for()


async def write(page: Page, answers: dict[str, str]) -> None:
    for name, value in answers.items():
        await page.fill(f"#{name}", value)


async def send(page: Page) -> None:
    await page.get_by_role("button", name="Send enquiry").click()


async def waiting(page: Page) -> list[dict[str, Any]]:
    """The enquiries this browser keeps."""
    kept: list[dict[str, Any]] = json.loads(await page.evaluate("localStorage['enquiry.queue'] ?? '[]'"))
    return kept


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_no_page_is_wider_than_a_small_phone(page: Page, address: str, place: str, scheme: Any) -> None:
    faults: list[str] = []
    page.on("console", lambda said: faults.append(said.text))
    page.on("pageerror", lambda error: faults.append(str(error)))
    await page.emulate_media(color_scheme=scheme)
    await page.goto(address + place)
    assert await page.evaluate("document.documentElement.scrollWidth") <= 320
    assert faults == []


async def test_nothing_is_asked_of_anyone_else_and_no_cookie_is_set(page: Page, address: str) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    await arrive(page, address)
    assert len(asked) >= 4
    assert [url for url in asked if not url.startswith(address)] == []
    assert await page.context.cookies() == []


async def test_the_menu_opens_on_a_phone_without_script(browser: Browser, address: str) -> None:
    context = await browser.new_context(viewport={"width": 320, "height": 640}, java_script_enabled=False)
    page = await context.new_page()
    await page.goto(address)
    entry = page.get_by_role("navigation", name="Main").get_by_role("link", name="Questions")
    assert await entry.count() == 0
    await page.get_by_text("Menu").click()
    await entry.click()
    assert page.url.endswith("#questions")
    await context.close()


async def test_the_script_of_the_form_comes_after_the_page_is_painted(page: Page, address: str) -> None:
    await arrive(page, address)
    begun, painted = await page.evaluate(
        "[performance.getEntriesByType('resource').find(({ name }) => name.endsWith('/enquiry.js')).startTime,"
        " performance.getEntriesByType('navigation')[0].loadEventStart]"
    )
    assert begun >= painted


async def test_all_faults_are_told_beside_their_fields_and_the_first_gets_the_focus(page: Page, address: str) -> None:
    await arrive(page, address)
    await write(page, {"email": "mara@"})
    await send(page)
    said = await page.locator(".field-error").all_inner_texts()
    assert len(said) == 3
    assert "name@example.com" in said[1]
    assert await page.evaluate("document.activeElement.id") == "name"
    described = await page.get_attribute("#name", "aria-describedby")
    assert described
    assert await page.inner_text(f"#{described.split()[0]}") == said[0]


async def test_a_mended_field_loses_its_fault_at_once(page: Page, address: str) -> None:
    await arrive(page, address)
    await send(page)
    await write(page, MARA)
    assert await page.locator(".field-error").count() == 0
    assert await page.get_attribute("#name", "aria-invalid") == "false"


async def test_what_was_written_survives_a_reload(page: Page, address: str) -> None:
    await arrive(page, address)
    await write(page, MARA)
    await arrive(page)
    assert await page.input_value("#message") == MARA["message"]


async def test_an_enquiry_waits_in_the_browser_while_the_server_is_down(page: Page, address: str) -> None:
    await arrive(page, address)
    await write(page, MARA)
    await send(page)
    await page.get_by_role("heading", name="Your enquiry is not lost").wait_for()
    (kept,) = await waiting(page)
    assert {name: kept["body"][name] for name in MARA} == MARA
    assert kept["body"]["started_at"] < kept["body"]["sent_at"]
    letter = await page.get_by_role("link", name="Send by e-mail instead").get_attribute("href")
    assert letter
    assert letter.startswith("mailto:")
    assert "double-books" in letter


async def until(page: Page, true: str) -> None:
    """Wait until the expression holds. Playwright's own wait evaluates text, which a page's policy may forbid."""
    for _ in range(400):
        if await page.evaluate(true):
            return
        await page.wait_for_timeout(25)
    raise AssertionError(f"It never came to {true}.")


async def test_pressing_again_is_the_same_enquiry_and_a_change_makes_another(page: Page, address: str) -> None:
    await arrive(page, address)
    await write(page, MARA)
    await send(page)
    await page.get_by_role("button", name="Forget it").wait_for()
    await send(page)
    await until(page, "JSON.parse(localStorage['enquiry.queue'])[0].tries >= 2")
    (first,) = await waiting(page)
    await write(page, {"message": "And another thing."})
    await send(page)
    await until(page, "JSON.parse(localStorage['enquiry.queue']).length === 2")
    assert [kept["key"] == first["key"] for kept in await waiting(page)].count(True) == 1


async def test_a_waiting_enquiry_can_be_forgotten(page: Page, address: str) -> None:
    await arrive(page, address)
    await write(page, MARA)
    await send(page)
    await page.get_by_role("button", name="Forget it").click()
    assert await waiting(page) == []
    assert await page.inner_text(".status") == ""


async def test_first_and_last_touch_are_remembered_in_under_a_kilobyte(page: Page, address: str) -> None:
    tags = "?utm_source=letter&utm_campaign=" + "x" * 500
    await page.goto(address + "privacy.html" + tags, referer="https://news.example/")
    await page.goto(address + "terms.html", referer=address)
    await page.goto(address + "?utm_source=friend", referer="https://other.example/")
    first, last = [json.loads(await page.evaluate(f"localStorage['touch.{which}']")) for which in ("first", "last")]
    assert (first["path"], first["referrer"], first["utm_source"]) == ("/privacy.html", "news.example", "letter")
    assert (last["path"], last["referrer"], last["utm_source"]) == ("/", "other.example", "friend")
    assert await page.evaluate("localStorage['touch.first'].length + localStorage['touch.last'].length") < 1024


async def test_moving_about_inside_the_site_is_no_new_touch(page: Page, address: str) -> None:
    await page.goto(address + "privacy.html", referer="https://news.example/")
    before = await page.evaluate("localStorage['touch.last']")
    await page.get_by_role("link", name="Terms").click()
    await page.wait_for_url("**/terms.html")
    assert await page.evaluate("localStorage['touch.last']") == before


async def test_the_thanks_page_shows_the_reference_and_nothing_strange(page: Page, address: str) -> None:
    await page.goto(address + "thanks.html?ref=OCT-42")
    assert "OCT-42" in await page.inner_text("#reference")
    await page.goto(address + "thanks.html?ref=%3Cb%3Ehello%3C%2Fb%3E")
    assert await page.locator("#reference").is_hidden()


async def test_the_drawing_is_whole_and_still_under_reduced_motion(page: Page, address: str) -> None:
    await page.emulate_media(reduced_motion="reduce")
    await page.goto(address)
    assert await page.evaluate("document.getAnimations().length") == 0
    shades = await page.evaluate("[...document.querySelectorAll('.part')].map(part => getComputedStyle(part).opacity)")
    assert shades == ["1"] * 8
