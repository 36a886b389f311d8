"""The whole system, and browsers that visit it."""

from __future__ import annotations

import os
import shutil
import socket
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import asyncpg
import proxy
import pytest
import running_system
from playwright.async_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    Request,
    StorageState,
    async_playwright,
    expect,
)
from site_client import OpenPage, RunningSystem

from ops.dev import commands
from ops.dev.static_server import serve_folder
from ops.dev.subprocesses import run_subprocess
from shared import embedded_postgres

QUIET = (
    "--no-sandbox", "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--no-first-run", "--disable-quic",
)  # fmt: skip
TIMEOUT_MS = 30_000
expect.set_options(timeout=TIMEOUT_MS)


@pytest.fixture(scope="session")
async def shared_system(cluster: embedded_postgres.Cluster, folder: Path) -> AsyncIterator[RunningSystem]:
    """The system, brought up once."""
    where = running_system.make_settings(folder)
    cluster.create_database("journeys", template="template_system")
    crm = running_system.CrmProcess(where, cluster.dsn("journeys"))
    await run_subprocess(commands.seed(crm.env, demo=False), folder / "seed.log")
    async with proxy.run_proxy(where.crm_port) as before, running_system.run_processes(crm):
        # The site's form posts to the proxy, everything else goes to the service itself.
        build = commands.build_site(where)
        argv = [before.url if word == where.crm_url else word for word in build.argv]
        await run_subprocess(build._replace(argv=tuple(argv)), folder / "site.log")
        sql = await asyncpg.connect(cluster.dsn("journeys"))
        with serve_folder(commands.site_folder(where), where.site_port):
            yield RunningSystem(where, crm, before, sql)
        await sql.close()


@pytest.fixture
async def system(shared_system: RunningSystem) -> AsyncIterator[RunningSystem]:
    """The system, with nothing in it but Ada's account. Whatever a test did to the service, it serves again after."""
    yield shared_system
    shared_system.proxy.drop_responses = False
    if not shared_system.crm.is_running:
        await shared_system.crm.start()
        await shared_system.crm.wait_until_healthy()
    await shared_system.wipe()


@pytest.fixture(scope="session")
async def browser() -> AsyncIterator[Browser]:
    """Chromium, as `CHROMIUM` names it or from the path. `make test` installs it, or says that journeys are not run."""
    program = os.environ.get("CHROMIUM") or shutil.which("chromium")
    if not program:
        pytest.fail(
            "No Chromium found. Install the package `chromium`, or name the program in CHROMIUM.", pytrace=False
        )
    async with async_playwright() as playwright:
        launched = await playwright.chromium.launch(executable_path=program, args=list(QUIET))
        yield launched
        await launched.close()


@pytest.fixture
async def visitor(browser: Browser, system: RunningSystem) -> AsyncIterator[OpenPage]:
    """`await visitor(width=375)` gives a page in a browser that has never been here.

    After the test no page may have complained, or asked anybody else for anything.
    """
    ours = (f"{system.site_url}/", f"{system.crm_url}/", f"{system.proxy.url}/", "data:")
    contexts: list[BrowserContext] = []
    errors: list[str] = []

    def hear(said: ConsoleMessage) -> None:
        # A refused form and a server that is away are part of the journeys, and Chromium reports them as errors.
        if said.type in ("error", "warning") and not said.text.startswith("Failed to load resource"):
            errors.append(f"{said.location['url']}: {said.text}")

    def look(request: Request) -> None:
        if not request.url.startswith(ours):
            errors.append(f"asked {request.url}")

    async def open_(*, width: int = 1280, **given: Any) -> Page:
        context = await browser.new_context(viewport={"width": width, "height": 800}, **given)
        contexts.append(context)
        context.set_default_timeout(TIMEOUT_MS)
        context.on("console", hear)
        context.on("weberror", lambda error: errors.append(str(error.error)))
        context.on("request", look)
        return await context.new_page()

    yield open_
    for context in contexts:
        await context.close()
    assert errors == []


@pytest.fixture(scope="session")
def nobody() -> Iterator[str]:
    """An address that nobody listens at: the port is ours."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{taken.getsockname()[1]}/hook"


@pytest.fixture(scope="session")
async def ada(browser: Browser, shared_system: RunningSystem) -> StorageState:
    """What Ada's browser keeps once she has signed in on the page."""
    context = await browser.new_context()
    page = await context.new_page()
    await page.goto(f"{shared_system.crm_url}/sign-in")
    await page.get_by_label("E-mail").fill(running_system.SIGN_IN.email)
    await page.get_by_label("Password").fill(running_system.SIGN_IN.password)
    await page.get_by_role("button", name="Sign in", exact=True).click()
    await page.get_by_role("heading", name="Today").wait_for()
    kept = await context.storage_state()
    await context.close()
    return kept


@pytest.fixture
async def office(visitor: OpenPage, ada: StorageState, system: RunningSystem) -> OpenPage:
    """`await office()` gives a page in a browser in which Ada is signed in and has just typed her password."""
    await system.sql.execute("UPDATE sessions SET confirmed_at = now()")

    async def open_(**given: Any) -> Page:
        return await visitor(storage_state=ada, **given)

    return open_
