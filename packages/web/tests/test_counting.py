"""Visits are counted where `site.toml` says by whom, of visitors who said yes, and by nobody else's program."""

from __future__ import annotations

import gzip
import json
import re
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from functools import partial
from http.server import ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Page, Request, Route

from shared import site_config

from .conftest import HOUSE, _Quiet

PAGES = ("index.html", "privacy.html", "404.html", "blog/index.html", "blog/archive/index.html")
HOSTS = {"plausible": "https://plausible.io", "posthog": "https://eu.i.posthog.com"}
ON = {"plausible": 'provider = "plausible"', "posthog": 'provider = "posthog"\nkey = "phc_abc"'}
API = "http://127.0.0.1:9"


@pytest.fixture(scope="module")
def counted(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """`counted("plausible")` is the folder of the site as it is built with that provider."""
    made: dict[str, Path] = {}

    def build(provider: str) -> Path:
        if provider not in made:
            root = tmp_path_factory.mktemp(provider)
            (root / "packages").symlink_to(HOUSE / "packages")
            facts = (HOUSE / "site.toml").read_text(encoding="utf-8")
            table = f"[analytics]\n{ON[provider]}\n\n[dns]"
            (root / "site.toml").write_text(re.sub(r"\[analytics\].*?\[dns\]", table, facts, flags=re.DOTALL))
            command = [sys.executable, "-m", "blog", "site", "--site", root / "site.toml", "--api", API]
            subprocess.run([*command, "--out", root / "out", "--cache", root / "cache"], check=True, cwd=root)
            made[provider] = root / "out"
        return made[provider]

    return build


@pytest.fixture(params=ON)
def provider(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


@pytest.fixture
def served(counted: Callable[[str], Path], provider: str) -> Iterator[str]:
    handler = partial(_Quiet, directory=str(counted(provider)))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


def policy(page: Path) -> dict[str, list[str]]:
    found = re.search(r'http-equiv="Content-Security-Policy" content="([^"]+)"', page.read_text(encoding="utf-8"))
    assert found
    rules = (rule.split() for rule in found[1].split("; "))
    return {name: sources for name, *sources in rules}


@pytest.mark.parametrize("name", PAGES)
def test_as_it_is_set_nobody_counts_and_no_page_knows_how(built: Path, closed_api: str, name: str) -> None:
    assert site_config.load(HOUSE / "site.toml").analytics.provider == ""
    html = (built / name).read_text(encoding="utf-8")
    assert 'class="counting"' not in html
    assert "localStorage.counting" not in html
    assert not any(host.removeprefix("https://") in html for host in HOSTS.values())
    assert policy(built / name)["connect-src"] == ["'self'", closed_api]


@pytest.mark.parametrize("name", PAGES)
def test_the_policy_of_a_page_names_exactly_the_host_that_counts(
    counted: Callable[[str], Path], provider: str, name: str
) -> None:
    rules = policy(counted(provider) / name)
    assert rules["connect-src"] == ["'self'", API, HOSTS[provider]]
    elsewhere = [source for rule, sources in rules.items() if rule != "connect-src" for source in sources]
    assert not any(HOSTS[provider] in source for source in elsewhere)
    assert all(source == "'self'" or source.startswith("'sha256-") for source in rules["script-src"])


def test_the_privacy_page_says_what_is_true(built: Path, counted: Callable[[str], Path], provider: str) -> None:
    off = (built / "privacy.html").read_text(encoding="utf-8")
    on = (counted(provider) / "privacy.html").read_text(encoding="utf-8")
    assert "runs no analytics" in off
    assert "Counting visits" not in off
    assert "runs no analytics" not in on
    assert "Counting visits" in on
    assert HOSTS[provider].removeprefix("https://") in on
    assert "{counting" not in on


def test_the_landing_page_keeps_its_budget_with_the_count(counted: Callable[[str], Path], provider: str) -> None:
    assert len(gzip.compress((counted(provider) / "index.html").read_bytes(), 9)) <= 14 * 1024


class Outside:
    """Everything a page asked of anybody but its own host, answered by nobody but us."""

    def __init__(self) -> None:
        self.heard: list[Request] = []

    async def answer(self, route: Route) -> None:
        self.heard.append(route.request)
        allowed = {"access-control-allow-origin": "*", "access-control-allow-headers": "content-type"}
        await route.fulfill(status=202, headers=allowed)

    @property
    def counts(self) -> list[tuple[str, dict[str, Any]]]:
        return [(one.url, json.loads(one.post_data or "{}")) for one in self.heard if one.method == "POST"]


@pytest.fixture
async def outside(page: Page, served: str) -> Outside:
    watch = Outside()
    await page.route(lambda url: not url.startswith(served), watch.answer)
    return watch


async def test_nobody_hears_of_a_visit_before_the_visitor_says_yes(page: Page, served: str, outside: Outside) -> None:
    await page.goto(served)
    await page.locator("h1").click()
    await page.goto(f"{served}privacy.html")
    assert await page.locator(".counting").is_visible()
    await page.get_by_role("button", name="No", exact=True).click()
    await page.goto(served)
    assert await page.locator(".counting").is_hidden()
    assert outside.heard == []


async def test_a_visit_is_counted_from_the_yes_until_the_stop(
    page: Page, served: str, provider: str, outside: Outside
) -> None:
    await page.goto(f"{served}privacy.html?email=ada@example.org#part")
    async with page.expect_request(f"{HOSTS[provider]}/**"):
        await page.get_by_role("button", name="Yes, count it").click()
    async with page.expect_request(f"{HOSTS[provider]}/**"):
        await page.goto(served)
    assert len(outside.counts) == 2
    (url, first), _ = outside.counts
    assert url == HOSTS[provider] + {"plausible": "/api/event", "posthog": "/i/v0/e/"}[provider]
    told = {"plausible": first.get("u"), "posthog": first.get("properties", {}).get("$current_url")}[provider]
    assert told == f"{served}privacy.html"
    assert "ada@example.org" not in json.dumps(first)
    assert {one.headers.get("cookie") for one in outside.heard} == {None}
    await page.get_by_role("button", name="Stop").click()
    await page.goto(f"{served}privacy.html")
    await page.reload()
    assert len(outside.counts) == 2


async def test_whoever_asks_not_to_be_tracked_is_not_even_asked(page: Page, served: str, outside: Outside) -> None:
    await page.add_init_script("Object.defineProperty(navigator, 'globalPrivacyControl', {get: () => true})")
    await page.goto(served)
    assert await page.locator(".counting").is_hidden()
    assert outside.heard == []


@pytest.mark.parametrize(
    ("table", "words"),
    [
        ('provider = "posthog"', "analytics.key"), ('provider = "google"', "provider"),
        ('provider = "plausible"\nhost = "https://x.example"', "host"),
    ],
)  # fmt: skip
def test_a_switch_that_cannot_work_is_refused(tmp_path: Path, table: str, words: str) -> None:
    facts = (HOUSE / "site.toml").read_text(encoding="utf-8")
    file = tmp_path / "site.toml"
    file.write_text(
        re.sub(r"\[analytics\].*?\[dns\]", lambda _: f"[analytics]\n{table}\n\n[dns]", facts, flags=re.DOTALL)
    )
    with pytest.raises(site_config.SiteConfigError, match=words):
        site_config.load(file)
