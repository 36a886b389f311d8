"""A receiver of webhooks, from the page where it is added to the message it gets."""

from __future__ import annotations

import pytest
import receiver
from playwright.async_api import expect
from standardwebhooks import Webhook
from visit import GRACE, Open, RunningSystem, enquire

pytestmark = pytest.mark.browser


async def test_a_receiver_is_added_told_of_a_lead_and_told_again(system: RunningSystem, office: Open):
    page = await office()
    async with receiver.listening() as accounting:
        await page.goto(f"{system.crm_url}/settings/webhooks/new")
        await page.get_by_label("Name").fill("Accounting")
        await page.get_by_label("Address").fill(accounting.url)
        await page.get_by_role("button", name="Add receiver").click()
        secret = await page.get_by_role("textbox", name="The secret").inner_text()
        await page.get_by_role("link", name="I have copied it").click()
        await expect(page.get_by_role("heading", level=1)).to_have_text("Accounting")
        assert secret.startswith("whsec_")
        assert secret not in await page.content()

        await enquire(system)
        await accounting.until(lambda told: len(told.received) == 1)
        told = accounting.received[0]
        event = Webhook(secret).verify(told.body, told.headers)
        assert (event["type"], event["data"]["lead"]["name"]) == ("lead.created", GRACE["name"])

        await expect(page.get_by_role("row")).to_have_count(0)
        await page.reload()
        await page.get_by_role("row").nth(1).get_by_role("link").click()
        await expect(page.get_by_role("listitem").filter(has_text="200")).to_have_count(1)
        await page.get_by_role("button", name="Send again").click()
        await accounting.until(lambda told: len(told.received) == 2)
        again = accounting.received[1]
        assert (again.headers["webhook-id"], again.body) == (told.headers["webhook-id"], told.body)
        Webhook(secret).verify(again.body, again.headers)
        await expect(page.get_by_role("listitem").filter(has_text="200")).to_have_count(2)
