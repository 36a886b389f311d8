"""The public site, built and served on a loopback port, and a browser."""

from __future__ import annotations

import functools
import http.server
import os
import shutil
import socket
import subprocess
import sys
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, async_playwright

REPOSITORY = Path(__file__).resolve().parents[3]
BROWSER_OPTIONS = ["--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run"]


def build_site(repository: Path, out: Path, cache: Path, *options: str) -> Path:
    """Builds the site of a repository with the command `blog site` and returns `out`."""
    command = [sys.executable, "-m", "blog", "site", "--site", repository / "site.toml", "--out", out, "--cache", cache]
    subprocess.run([*command, *options], check=True, cwd=repository)
    return out


@pytest.fixture(scope="session")
def closed_api() -> Iterator[str]:
    """The URL of a server that is down: this test run holds the port and does not listen on it."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{bound.getsockname()[1]}"


@pytest.fixture(scope="session")
def built_site(tmp_path_factory: pytest.TempPathFactory, closed_api: str) -> Path:
    """The folder of the built site, whose form posts to the server that is down."""
    folder = tmp_path_factory.mktemp("site")
    options = ["--api", closed_api, "--commit", "0123456789abcdef"]
    return build_site(REPOSITORY, folder / "out", folder / "cache", *options)


class _QuietHandler(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None: ...


@contextmanager
def serve_folder(folder: Path) -> Iterator[str]:
    """Serves a folder on a loopback port and yields its URL with a final slash."""
    handler = functools.partial(_QuietHandler, directory=str(folder))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


@pytest.fixture(scope="session")
def site_url(built_site: Path) -> Iterator[str]:
    """The URL of the built site, with a final slash."""
    with serve_folder(built_site) as url:
        yield url


@pytest.fixture(scope="session")
async def browser() -> AsyncIterator[Browser]:
    """Chromium from `CHROMIUM` or the PATH. Without it these tests fail; `make test` installs it."""
    program = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    assert program, "No Chromium found. Install the package `chromium`, or set CHROMIUM to the program."
    async with async_playwright() as playwright:
        chromium = await playwright.chromium.launch(executable_path=program, args=["--no-sandbox", *BROWSER_OPTIONS])
        yield chromium
        await chromium.close()


@pytest.fixture
async def page(browser: Browser) -> AsyncIterator[Page]:
    """A new page as wide as a phone, with empty storage."""
    context = await browser.new_context(viewport={"width": 320, "height": 640})
    yield await context.new_page()
    await context.close()
