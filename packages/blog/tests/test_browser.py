"""The blog in a browser: search, players of other sites, films, and badges."""

from __future__ import annotations

import functools
import http.server
import os
import shutil
import threading
from collections.abc import AsyncIterator, Iterator

import pytest
from playwright.async_api import Browser, Page, async_playwright

pytestmark = pytest.mark.browser

TITLES = ["日本文化の本", "ガイド", "カイト", "Résumé", "हिन्दी में", "ภาษาไทย", "Войти"]
PLAYER = '<iframe src="https://127.0.0.1:9/player" title="Ropes"></iframe>\n'


class QuietHandler(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None: ...


@pytest.fixture
def site_url(project) -> Iterator[str]:
    for number, title in enumerate(TITLES):
        project.write_post(f"p{number}", title=f'"{title}"')
    project.write_post("player", PLAYER + "\n<video src='clip.mp4' controls></video>\n", title="Moving")
    project.write_post("persian", title="راهنمای نوشتن", language="fa")
    project.write_post("hidden", draft="true", title="Unfinished")
    project.write("content/posts/clip.mp4", b"x")
    project.build(drafts=True)
    handler = functools.partial(QuietHandler, directory=str(project.out))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


@pytest.fixture(scope="module")
async def browser() -> AsyncIterator[Browser]:
    program = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    assert program, "No Chromium found. Install the package `chromium`, or set CHROMIUM to the program."
    async with async_playwright() as playwright:
        chromium = await playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield chromium
        await chromium.close()


@pytest.fixture
async def page(browser: Browser) -> AsyncIterator[Page]:
    context = await browser.new_context(viewport={"width": 390, "height": 800})
    yield await context.new_page()
    await context.close()


async def test_the_search_finds_words_of_every_script(page: Page, site_url: str) -> None:
    await page.goto(site_url)
    await page.focus("#q")
    for query, found in (
        ("文化", ["日本文化の本"]),
        ("ガイド", ["ガイド"]),
        ("カイト", ["カイト"]),
        ("resume", ["Résumé"]),
        ("हिन्दी", ["हिन्दी में"]),
        ("ไทย", ["ภาษาไทย"]),
        ("вой", ["Войти"]),
        ("ume", []),
    ):
        await page.fill("#q", query)
        count = f"{len(found)} post" if found else "No post has these words."
        await page.locator("#search-results", has_text=count).wait_for()
        assert await page.locator("#search-results li").all_inner_texts() == found, query


async def test_a_result_in_another_language_says_so(page: Page, site_url: str) -> None:
    await page.goto(site_url + "?q=راهنما")
    await page.focus("#q")
    link = page.locator("#search-results a", has_text="راهنما")
    await link.wait_for()
    assert (await link.get_attribute("lang"), await link.get_attribute("dir")) == ("fa", "rtl")
    await page.fill("#q", "resume")
    other = page.locator("#search-results a", has_text="Résumé")
    await other.wait_for()
    assert await other.get_attribute("lang") is None
    assert await other.get_attribute("dir") is None


async def test_a_player_is_loaded_after_a_click_and_not_before(page: Page, site_url: str) -> None:
    requests: list[str] = []
    blocked: list[str] = []
    page.on("request", lambda request: requests.append(request.url))
    page.on("console", lambda message: blocked.append(message.text))
    await page.goto(site_url + "player/", wait_until="networkidle")
    assert [url for url in requests if not url.startswith(site_url)] == []
    await page.get_by_role("link", name="Play: Ropes").click()
    frame = page.locator('iframe[src="https://127.0.0.1:9/player"]')
    await frame.wait_for()
    assert await frame.get_attribute("title") == "Ropes" and page.url == site_url + "player/"
    assert not [text for text in blocked if "Content Security Policy" in text]


async def test_the_link_of_a_player_works_by_keyboard_and_without_a_script(page: Page, site_url: str) -> None:
    await page.goto(site_url + "player/")
    link = page.get_by_role("link", name="Play: Ropes")
    assert await link.get_attribute("href") == "https://127.0.0.1:9/player"
    await link.focus()
    await page.keyboard.press("Enter")
    await page.locator("iframe").wait_for()
    assert await page.evaluate("document.activeElement.tagName") == "IFRAME"


async def test_a_draft_has_a_badge_in_lists_and_on_its_page(page: Page, site_url: str) -> None:
    await page.goto(site_url)
    assert await page.locator("li", has_text="Unfinished").locator(".badge").inner_text() == "Draft"
    await page.goto(site_url + "hidden/")
    assert await page.locator("h1 .badge").is_visible()


@pytest.mark.parametrize("language", ["fa", "en"])
async def test_a_page_in_either_direction_is_not_wider_than_the_screen(page: Page, project, language: str) -> None:
    project.write("blog.toml", f'language = "{language}"\n')
    project.write_post("a", "> [!NOTE]\n> Text\n\n- [x] y\n\n| a | b |\n|---|---|\n| 1 | 2 |\n")
    project.build()
    await page.goto((project.out / "a/index.html").as_uri())
    assert await page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    assert await page.evaluate("getComputedStyle(document.body).direction") == ("rtl" if language == "fa" else "ltr")
