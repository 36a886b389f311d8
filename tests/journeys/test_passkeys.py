"""Passkeys in a real browser, with its virtual authenticator."""

from __future__ import annotations

import pytest
from playwright.async_api import CDPSession, Page, expect
from running_system import SIGN_IN
from site_client import OpenPage, RunningSystem

pytestmark = pytest.mark.browser

DEVICE = {
    "protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True,
    "isUserVerified": True, "automaticPresenceSimulation": True,
}  # fmt: skip


class Device:
    """The authenticator of one page's browser."""

    def __init__(self, cdp: CDPSession, number: str) -> None:
        self._cdp, self._number = cdp, number

    async def set_verified(self, verified: bool) -> None:
        """Whether the finger on the sensor is the right one."""
        words = {"authenticatorId": self._number, "isUserVerified": verified}
        await self._cdp.send("WebAuthn.setUserVerified", words)

    async def forget_all(self) -> None:
        await self._cdp.send("WebAuthn.clearCredentials", {"authenticatorId": self._number})

    async def list_handles(self) -> list[str]:
        found = await self._cdp.send("WebAuthn.getCredentials", {"authenticatorId": self._number})
        return [each["userHandle"] for each in found["credentials"]]


async def attach_device(page: Page) -> Device:
    cdp = await page.context.new_cdp_session(page)
    await cdp.send("WebAuthn.enable")
    added = await cdp.send("WebAuthn.addVirtualAuthenticator", {"options": DEVICE})
    return Device(cdp, added["authenticatorId"])


async def sign_in_with_password(system: RunningSystem, page: Page) -> None:
    await page.goto(f"{system.crm_url}/sign-in")
    await page.get_by_label("E-mail").fill(SIGN_IN.email)
    await page.get_by_label("Password").fill(SIGN_IN.password)
    await page.get_by_role("button", name="Sign in", exact=True).click()
    await page.get_by_role("heading", name="Today").wait_for()


async def sign_out(page: Page) -> None:
    await page.get_by_label("Account:").click()
    await page.locator(".menu-list").get_by_role("button", name="Sign out").click()
    await expect(page.get_by_text("You have signed out.")).to_be_visible()


async def add_passkey(system: RunningSystem, page: Page, name: str) -> None:
    await page.goto(f"{system.crm_url}/profile/passkeys")
    await page.get_by_label("Name").fill(name)
    await page.get_by_role("button", name="Add passkey").click()


async def test_a_passkey_is_added_used_to_sign_in_and_removed(system: RunningSystem, visitor: OpenPage):
    page = await visitor()
    device = await attach_device(page)
    await sign_in_with_password(system, page)
    await add_passkey(system, page, "The test's laptop")
    await expect(page.locator("tbody tr")).to_contain_text("The test's laptop")
    assert len(await device.list_handles()) == 1
    # The same device is not added twice.
    await add_passkey(system, page, "Again")
    await expect(page.get_by_text("This device already has a passkey for your account.")).to_be_visible()
    await sign_out(page)
    await page.goto(f"{system.crm_url}/leads?status=new")
    first = page.locator("main button:visible").first
    await expect(first).to_have_text("Sign in with a passkey")
    await first.click()
    await expect(page).to_have_url(f"{system.crm_url}/leads?status=new")
    await page.goto(f"{system.crm_url}/profile")
    await expect(page.locator("#sessions tbody")).to_contain_text("Passkey")
    await page.goto(f"{system.crm_url}/profile/passkeys")
    await page.get_by_role("button", name="Remove").click()
    await expect(page.get_by_text("removed.")).to_be_visible()
    await sign_out(page)
    await page.get_by_role("button", name="Sign in with a passkey").click()
    await expect(page.get_by_text("This passkey belongs to no account here.")).to_be_visible()


async def test_who_is_not_verified_reads_what_to_do(system: RunningSystem, visitor: OpenPage):
    page = await visitor()
    device = await attach_device(page)
    await sign_in_with_password(system, page)
    await add_passkey(system, page, "The test's laptop")
    await expect(page.locator("tbody tr")).to_have_count(1)
    await sign_out(page)
    button = page.get_by_role("button", name="Sign in with a passkey")
    await device.set_verified(False)
    await button.click()
    await expect(page.get_by_text("No passkey was chosen. Try again, or use another way.")).to_be_visible()
    await device.set_verified(True)
    await button.click()
    await page.get_by_role("heading", name="Today").wait_for()


async def test_a_passkey_confirms_a_change_and_the_form_is_sent_by_one_press(system: RunningSystem, visitor: OpenPage):
    page = await visitor()
    await attach_device(page)
    await sign_in_with_password(system, page)
    await add_passkey(system, page, "The test's laptop")
    await expect(page.locator("tbody tr")).to_have_count(1)
    await page.goto(f"{system.crm_url}/settings/team/invite")
    await system.sql.execute("UPDATE sessions SET confirmed_at = NULL")
    await page.get_by_label("E-mail").fill("grace@navy.example")
    await page.get_by_role("button", name="Invite").click()
    await page.get_by_role("button", name="Use a passkey").click()
    await page.get_by_role("button", name="Save it now").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("grace@navy.example")


async def test_without_script_the_password_is_asked_for(system: RunningSystem, visitor: OpenPage):
    page = await visitor(java_script_enabled=False)
    await page.goto(f"{system.crm_url}/sign-in")
    await expect(page.get_by_role("button", name="Sign in with a passkey")).to_be_hidden()
    await sign_in_with_password(system, page)
    await page.goto(f"{system.crm_url}/profile/passkeys")
    await expect(page.get_by_text("Passkeys need JavaScript, and a browser that knows them.")).to_be_visible()
