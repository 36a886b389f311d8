"""A choice that an owner adds: seen in the settings, published with the site, chosen by a visitor, read on the lead."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest
from playwright.async_api import expect
from site_client import A_MINUTE, OpenPage, RunningSystem, fill_form, install_page_clock, open_form, submit_form

from ops.dev.commands import Command
from ops.dev.subprocesses import run_subprocess
from shared import site_config

pytestmark = pytest.mark.browser
Publish = Callable[..., Awaitable[None]]


@pytest.fixture
async def publish(system: RunningSystem, tmp_path: Path) -> AsyncIterator[Publish]:
    """`await publish(url)` builds the site with the choices of this URL. Afterwards all is as it was."""

    async def build(choices: str = "") -> None:
        argv = (
            sys.executable, "-m", "blog", "site", "--site", str(site_config.find().resolve()),
            "--out", str(system.site_folder), "--cache", str(system.site_folder.parent / "cache"),
            "--api", system.proxy.url, "--site-url", system.site_url, "--choices", choices,
        )  # fmt: skip
        await run_subprocess(Command("blog site", argv), tmp_path / "site.log")

    yield build
    await system.sql.execute("DELETE FROM form_choices WHERE key = 'a_podcast'")
    await build()


async def test_a_new_choice_reaches_the_public_form_with_its_next_build(
    system: RunningSystem, visitor: OpenPage, office: OpenPage, publish: Publish
):
    page = await office()
    await page.goto(f"{system.crm_url}/settings/form")
    await page.locator("#source").get_by_label("Add a choice").fill("A podcast")
    await page.keyboard.press("Enter")
    public = page.locator("#published")
    await expect(public).to_contain_text("“A podcast” is not on the form yet.")

    await publish(f"{system.crm_url}/api/form")
    await page.reload()
    await expect(public).to_contain_text("The public form is up to date")

    form = await visitor()
    await install_page_clock(form)
    await open_form(form, f"{system.site_url}/")
    await fill_form(form)
    await form.locator("#source").select_option(label="A podcast")
    await form.clock.fast_forward(A_MINUTE)
    await submit_form(form)
    await expect(form.get_by_role("status")).to_contain_text("Thank you.")
    (lead,) = await system.leads()
    assert lead["source"] == "a_podcast"
    await page.goto(f"{system.crm_url}/leads/{lead['id']}")
    await expect(page.get_by_text("A podcast", exact=True).first).to_be_visible()
