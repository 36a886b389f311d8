"""The public site, built by the engine and served on a loopback port, and a browser to look at it."""

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
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, async_playwright

HOUSE = Path(__file__).resolve().parents[3]
QUIET = ["--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run"]


@pytest.fixture(scope="session")
def closed_api() -> Iterator[str]:
    """The address of a server that is down: the port is ours, and nobody listens on it."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{taken.getsockname()[1]}"


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory, closed_api: str) -> Path:
    """The folder of the built site, whose form posts to the server that is down."""
    folder = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "blog", "site", "--site", str(HOUSE / "site.toml"), "--api", closed_api]
    places = ["--out", str(folder / "out"), "--cache", str(folder / "cache")]
    subprocess.run([*command, *places, "--commit", "0123456789abcdef"], check=True, cwd=HOUSE)
    return folder / "out"


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None: ...


@pytest.fixture(scope="session")
def address(built: Path) -> Iterator[str]:
    """Where the built site is served, with a final slash."""
    handler = functools.partial(_Quiet, directory=str(built))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


@pytest.fixture(scope="session")
async def browser() -> AsyncIterator[Browser]:
    """Chromium, from `CHROMIUM` or the path. Without one these tests fail: `make test` installs it."""
    program = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    assert program, "No Chromium found. Install the package `chromium`, or name the program in CHROMIUM."
    async with async_playwright() as playwright:
        launched = await playwright.chromium.launch(executable_path=program, args=["--no-sandbox", *QUIET])
        yield launched
        await launched.close()


@pytest.fixture
async def page(browser: Browser) -> AsyncIterator[Page]:
    """A fresh page of a phone's width, with nothing stored."""
    context = await browser.new_context(viewport={"width": 320, "height": 640})
    yield await context.new_page()
    await context.close()
