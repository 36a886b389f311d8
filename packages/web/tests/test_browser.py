"""The landing page in a browser."""

from __future__ import annotations

import json
from typing import Any

import pytest
from playwright.async_api import Browser, Page

pytestmark = pytest.mark.browser

PATHS = ["", "privacy.html", "terms.html", "thanks.html?ref=OCT-1", "404.html"]
MARA = {"name": "Mara", "email": "mara@example.com", "message": "Our booking page double-books."}


async def open_form(page: Page, url: str = "") -> None:
    """Opens the landing page, or reloads it, and waits until the script handles the form."""
    await (page.goto(url) if url else page.reload())
    await page.locator("form[novalidate]").wait_for()


async def fill_form(page: Page, values: dict[str, str]) -> None:
    for name, value in values.items():
        await page.fill(f"#{name}", value)


async def submit_form(page: Page) -> None:
    await page.get_by_role("button", name="Send enquiry").click()


async def read_queue(page: Page) -> list[dict[str, Any]]:
    """Returns the enquiries that the browser has not sent yet."""
    entries: list[dict[str, Any]] = json.loads(await page.evaluate("localStorage['enquiry.queue'] ?? '[]'"))
    return entries


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_no_page_is_wider_than_a_small_phone(page: Page, site_url: str, path: str, scheme: Any) -> None:
    errors: list[str] = []
    page.on("console", lambda message: errors.append(message.text))
    page.on("pageerror", lambda error: errors.append(str(error)))
    await page.emulate_media(color_scheme=scheme)
    await page.goto(site_url + path)
    assert await page.evaluate("document.documentElement.scrollWidth") <= 320
    assert errors == []


async def test_the_page_makes_no_third_party_request_and_sets_no_cookie(page: Page, site_url: str) -> None:
    requests: list[str] = []
    page.on("request", lambda request: requests.append(request.url))
    await open_form(page, site_url)
    assert len(requests) >= 4
    assert [url for url in requests if not url.startswith(site_url)] == []
    assert await page.context.cookies() == []


async def test_the_phone_menu_works_without_a_script(browser: Browser, site_url: str) -> None:
    context = await browser.new_context(viewport={"width": 320, "height": 640}, java_script_enabled=False)
    page = await context.new_page()
    await page.goto(site_url)
    link = page.get_by_role("navigation", name="Main").get_by_role("link", name="Questions")
    assert await link.count() == 0
    await page.get_by_text("Menu").click()
    await link.click()
    assert page.url.endswith("#questions")
    await context.close()


async def test_the_form_script_loads_after_the_page(page: Page, site_url: str) -> None:
    await open_form(page, site_url)
    script_start, page_load = await page.evaluate(
        "[performance.getEntriesByType('resource').find(({ name }) => name.endsWith('/enquiry.js')).startTime,"
        " performance.getEntriesByType('navigation')[0].loadEventStart]"
    )
    assert script_start >= page_load


async def test_all_errors_are_shown_at_their_fields_and_the_first_field_gets_the_focus(
    page: Page, site_url: str
) -> None:
    await open_form(page, site_url)
    await fill_form(page, {"email": "mara@"})
    await submit_form(page)
    messages = await page.locator(".field-error").all_inner_texts()
    assert len(messages) == 3
    assert "name@example.com" in messages[1]
    assert await page.evaluate("document.activeElement.id") == "name"
    description_ids = await page.get_attribute("#name", "aria-describedby")
    assert description_ids
    assert await page.inner_text(f"#{description_ids.split()[0]}") == messages[0]


async def test_a_corrected_field_loses_its_error_at_once(page: Page, site_url: str) -> None:
    await open_form(page, site_url)
    await submit_form(page)
    await fill_form(page, MARA)
    assert await page.locator(".field-error").count() == 0
    assert await page.get_attribute("#name", "aria-invalid") == "false"


async def test_a_message_that_is_too_long_is_kept_and_shows_by_how_much(page: Page, site_url: str) -> None:
    await open_form(page, site_url)
    limit = int(await page.get_attribute("#message", "data-limit") or 0)
    await fill_form(page, {**MARA, "message": "😀" * (limit + 1003)})
    await submit_form(page)
    message = await page.locator("#message-error").inner_text()
    assert message == f"This is 1,003 characters too long. Use at most {limit:,}."
    assert await page.evaluate("[...document.querySelector('#message').value].length") == limit + 1003
    assert await read_queue(page) == []


async def test_form_values_survive_a_reload(page: Page, site_url: str) -> None:
    await open_form(page, site_url)
    await fill_form(page, MARA)
    await open_form(page)
    assert await page.input_value("#message") == MARA["message"]


async def test_an_enquiry_is_queued_in_the_browser_while_the_server_is_down(page: Page, site_url: str) -> None:
    await open_form(page, site_url)
    await fill_form(page, MARA)
    await submit_form(page)
    await page.get_by_role("heading", name="Your enquiry is not lost").wait_for()
    (entry,) = await read_queue(page)
    assert {name: entry["body"][name] for name in MARA} == MARA
    assert entry["body"]["started_at"] < entry["body"]["sent_at"]
    mail_url = await page.get_by_role("link", name="Send by e-mail instead").get_attribute("href")
    assert mail_url
    assert mail_url.startswith("mailto:")
    assert "double-books" in mail_url


async def wait_until(page: Page, expression: str) -> None:
    """Waits until the expression is true. Playwright's own wait uses `eval`, which the page's policy blocks."""
    for _ in range(400):
        if await page.evaluate(expression):
            return
        await page.wait_for_timeout(25)
    raise AssertionError(f"{expression} is still false.")


async def test_a_second_submit_is_the_same_enquiry_and_a_change_makes_a_new_one(page: Page, site_url: str) -> None:
    await open_form(page, site_url)
    await fill_form(page, MARA)
    await submit_form(page)
    await page.get_by_role("button", name="Forget it").wait_for()
    await submit_form(page)
    await wait_until(page, "JSON.parse(localStorage['enquiry.queue'])[0].tries >= 2")
    (first,) = await read_queue(page)
    await fill_form(page, {"message": "And another thing."})
    await submit_form(page)
    await wait_until(page, "JSON.parse(localStorage['enquiry.queue']).length === 2")
    assert [entry["key"] == first["key"] for entry in await read_queue(page)].count(True) == 1


async def test_a_queued_enquiry_can_be_deleted(page: Page, site_url: str) -> None:
    await open_form(page, site_url)
    await fill_form(page, MARA)
    await submit_form(page)
    await page.get_by_role("button", name="Forget it").click()
    assert await read_queue(page) == []
    assert await page.inner_text(".status") == ""


async def test_first_and_last_touch_are_stored_in_under_a_kilobyte(page: Page, site_url: str) -> None:
    tags = "?utm_source=letter&utm_campaign=" + "x" * 500
    await page.goto(site_url + "privacy.html" + tags, referer="https://news.example/")
    await page.goto(site_url + "terms.html", referer=site_url)
    await page.goto(site_url + "?utm_source=friend", referer="https://other.example/")
    first, last = [json.loads(await page.evaluate(f"localStorage['touch.{which}']")) for which in ("first", "last")]
    assert (first["path"], first["referrer"], first["utm_source"]) == ("/privacy.html", "news.example", "letter")
    assert (last["path"], last["referrer"], last["utm_source"]) == ("/", "other.example", "friend")
    assert await page.evaluate("localStorage['touch.first'].length + localStorage['touch.last'].length") < 1024


async def test_navigation_inside_the_site_is_not_a_new_touch(page: Page, site_url: str) -> None:
    await page.goto(site_url + "privacy.html", referer="https://news.example/")
    before = await page.evaluate("localStorage['touch.last']")
    await page.get_by_role("link", name="Terms").click()
    await page.wait_for_url("**/terms.html")
    assert await page.evaluate("localStorage['touch.last']") == before


async def test_the_thanks_page_shows_only_a_valid_reference(page: Page, site_url: str) -> None:
    await page.goto(site_url + "thanks.html?ref=OCT-42")
    assert "OCT-42" in await page.inner_text("#reference")
    for query in ("?ref=%3Cb%3Ehello%3C%2Fb%3E", "", "?ref=", "?other=1"):
        await page.goto(site_url + "thanks.html" + query)
        assert await page.locator("#reference").is_hidden()


async def test_the_drawing_is_complete_and_static_with_reduced_motion(page: Page, site_url: str) -> None:
    await page.emulate_media(reduced_motion="reduce")
    await page.goto(site_url)
    assert await page.evaluate("document.getAnimations().length") == 0
    opacities = await page.evaluate(
        "[...document.querySelectorAll('.part')].map(part => getComputedStyle(part).opacity)"
    )
    assert opacities == ["1"] * 8
