"""Visits are counted only by the provider that `site.toml` names, and only if the visitor agrees."""

from __future__ import annotations

import asyncio
import gzip
import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Page, Request, Route

from shared import site_config

from .conftest import REPOSITORY, build_site, serve_folder

PAGES = ("index.html", "privacy.html", "404.html", "blog/index.html", "blog/archive/index.html")
HOSTS = {"plausible": "https://plausible.io", "posthog": "https://eu.i.posthog.com"}
SETTINGS = {"plausible": 'provider = "plausible"', "posthog": 'provider = "posthog"\nkey = "phc_abc"'}
API = "http://127.0.0.1:9"


def set_analytics(file: Path, settings: str) -> None:
    """Writes our site.toml with these analytics settings to a file."""
    text = (REPOSITORY / "site.toml").read_text(encoding="utf-8")
    file.write_text(re.sub(r"\[analytics\].*?\[dns\]", f"[analytics]\n{settings}\n\n[dns]", text, flags=re.DOTALL))


@pytest.fixture(scope="module")
def build_with(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """`build_with("plausible")` returns the folder of the site with that provider."""
    folders: dict[str, Path] = {}

    def build(provider: str) -> Path:
        if provider not in folders:
            root = tmp_path_factory.mktemp(provider)
            (root / "packages").symlink_to(REPOSITORY / "packages")
            set_analytics(root / "site.toml", SETTINGS[provider])
            folders[provider] = build_site(root, root / "out", root / "cache", "--api", API)
        return folders[provider]

    return build


@pytest.fixture(params=SETTINGS)
def provider(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


@pytest.fixture
def analytics_url(build_with: Callable[[str], Path], provider: str) -> Iterator[str]:
    """The URL of the site with the provider."""
    with serve_folder(build_with(provider)) as url:
        yield url


def read_policy(page: Path) -> dict[str, list[str]]:
    match = re.search(r'http-equiv="Content-Security-Policy" content="([^"]+)"', page.read_text(encoding="utf-8"))
    assert match
    rules = (rule.split() for rule in match[1].split("; "))
    return {name: sources for name, *sources in rules}


@pytest.mark.parametrize("name", PAGES)
def test_without_a_provider_no_page_has_analytics(built_site: Path, closed_api: str, name: str) -> None:
    assert site_config.load(REPOSITORY / "site.toml").analytics.provider == ""
    html = (built_site / name).read_text(encoding="utf-8")
    assert 'class="visit-consent"' not in html
    assert "localStorage.counting" not in html
    assert not any(host.removeprefix("https://") in html for host in HOSTS.values())
    assert read_policy(built_site / name)["connect-src"] == ["'self'", closed_api]


@pytest.mark.parametrize("name", PAGES)
def test_the_policy_of_a_page_names_exactly_the_analytics_host(
    build_with: Callable[[str], Path], provider: str, name: str
) -> None:
    rules = read_policy(build_with(provider) / name)
    assert rules["connect-src"] == ["'self'", API, HOSTS[provider]]
    other_sources = [source for rule, sources in rules.items() if rule != "connect-src" for source in sources]
    assert not any(HOSTS[provider] in source for source in other_sources)
    assert all(source == "'self'" or source.startswith("'sha256-") for source in rules["script-src"])


def test_the_privacy_page_describes_the_analytics_in_use(
    built_site: Path, build_with: Callable[[str], Path], provider: str
) -> None:
    off = (built_site / "privacy.html").read_text(encoding="utf-8")
    on = (build_with(provider) / "privacy.html").read_text(encoding="utf-8")
    assert "runs no analytics" in off
    assert "Counting visits" not in off
    assert "runs no analytics" not in on
    assert "Counting visits" in on
    assert HOSTS[provider].removeprefix("https://") in on
    assert "{analytics" not in on


def test_the_landing_page_stays_within_its_size_limit_with_analytics(
    build_with: Callable[[str], Path], provider: str
) -> None:
    assert len(gzip.compress((build_with(provider) / "index.html").read_bytes(), 9)) <= 14 * 1024


class ThirdParties:
    """Records the requests of a page to other hosts and answers them itself."""

    def __init__(self) -> None:
        self.requests: list[Request] = []
        self.arrived = asyncio.Event()

    async def answer(self, route: Route) -> None:
        self.requests.append(route.request)
        headers = {"access-control-allow-origin": "*", "access-control-allow-headers": "content-type"}
        self.arrived.set()
        await route.fulfill(status=202, headers=headers)

    @property
    def events(self) -> list[tuple[str, dict[str, Any]]]:
        posts = [request for request in self.requests if request.method == "POST"]
        return [(request.url, json.loads(request.post_data or "{}")) for request in posts]

    async def wait_for_events(self, count: int) -> None:
        """Waits until so many events came. A page is loaded before its event arrives here."""
        async with asyncio.timeout(30):
            while len(self.events) < count:
                self.arrived.clear()
                await self.arrived.wait()


@pytest.fixture
async def third_parties(page: Page, analytics_url: str) -> ThirdParties:
    recorder = ThirdParties()
    await page.route(lambda url: not url.startswith(analytics_url), recorder.answer)
    return recorder


async def test_no_visit_is_sent_before_the_visitor_agrees(
    page: Page, analytics_url: str, third_parties: ThirdParties
) -> None:
    await page.goto(analytics_url)
    await page.locator("h1").click()
    await page.goto(f"{analytics_url}privacy.html")
    assert await page.locator(".visit-consent").is_visible()
    await page.get_by_role("button", name="No", exact=True).click()
    await page.goto(analytics_url)
    assert await page.locator(".visit-consent").is_hidden()
    assert third_parties.requests == []


async def test_visits_are_counted_until_the_visitor_stops_it(
    page: Page, analytics_url: str, provider: str, third_parties: ThirdParties
) -> None:
    await page.goto(f"{analytics_url}privacy.html?email=ada@example.org#part")
    await page.get_by_role("button", name="Yes, count it").click()
    await third_parties.wait_for_events(1)
    await page.goto(analytics_url)
    await third_parties.wait_for_events(2)
    assert len(third_parties.events) == 2
    (url, event), _ = third_parties.events
    assert url == HOSTS[provider] + {"plausible": "/api/event", "posthog": "/i/v0/e/"}[provider]
    page_url = {"plausible": event.get("u"), "posthog": event.get("properties", {}).get("$current_url")}[provider]
    assert page_url == f"{analytics_url}privacy.html"
    assert "ada@example.org" not in json.dumps(event)
    assert {request.headers.get("cookie") for request in third_parties.requests} == {None}
    await page.get_by_role("button", name="Stop").click()
    await page.goto(f"{analytics_url}privacy.html")
    await page.reload()
    assert len(third_parties.events) == 2


async def test_a_visitor_with_global_privacy_control_is_not_asked(
    page: Page, analytics_url: str, third_parties: ThirdParties
) -> None:
    await page.add_init_script("Object.defineProperty(navigator, 'globalPrivacyControl', {get: () => true})")
    await page.goto(analytics_url)
    assert await page.locator(".visit-consent").is_hidden()
    assert third_parties.requests == []


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ('provider = "posthog"', "analytics.key"),
        ('provider = "google"', "provider"),
        ('provider = "plausible"\nhost = "https://x.example"', "host"),
    ],
)
def test_invalid_analytics_settings_are_refused(tmp_path: Path, settings: str, message: str) -> None:
    set_analytics(tmp_path / "site.toml", settings)
    with pytest.raises(site_config.SiteConfigError, match=message):
        site_config.load(tmp_path / "site.toml")
