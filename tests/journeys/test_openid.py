"""Signing in through a real OpenID provider, in a browser."""

from __future__ import annotations

from pathlib import Path

import openid_provider
import pytest
import running_system
from playwright.async_api import Browser, expect
from running_system import SIGN_IN
from site_client import RunningSystem

pytestmark = [pytest.mark.browser, pytest.mark.oidc]


async def test_the_button_leads_to_the_provider_and_back_to_the_page(
    system: RunningSystem, browser: Browser, tmp_path: Path
):
    where = running_system.make_settings(tmp_path)
    accounts = {"ada": {"email": SIGN_IN.email, "email_verified": True}, "eve": {"email": "eve@evil.example"}}
    async with openid_provider.run_provider(f"{where.crm_url}/sign-in/openid/callback", accounts) as issuer:
        crm = running_system.CrmProcess(
            where, system.crm.env["DATABASE_URL"], OIDC_ISSUER=issuer, OIDC_CLIENT_ID="crm",
            OIDC_CLIENT_SECRET=openid_provider.SECRET, OIDC_NAME="Our Provider",
        )  # fmt: skip
        async with running_system.run_processes(crm):
            context = await browser.new_context()
            page = await context.new_page()
            for account in ("eve", "ada"):
                await context.clear_cookies()
                await page.goto(f"{where.crm_url}/leads?status=new")
                await page.get_by_role("link", name="Sign in with Our Provider").click()
                await page.get_by_placeholder("Enter any login").fill(account)
                await page.get_by_placeholder("and password").fill("anything")
                await page.get_by_role("button", name="Sign-in").click()
                await page.get_by_role("button", name="Continue").click()
                if account == "eve":
                    await expect(page.get_by_text("Our Provider has not verified your address")).to_be_visible()
            await expect(page).to_have_url(f"{where.crm_url}/leads?status=new")
            await expect(page.get_by_role("heading", level=1)).to_have_text("Leads")
            await context.close()
