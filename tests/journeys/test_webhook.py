"""A webhook, from the page where it is added to the messages it receives."""

from __future__ import annotations

import http_sink
import pytest
from playwright.async_api import expect
from site_client import GRACE, OpenPage, RunningSystem, create_lead
from standardwebhooks import Webhook

pytestmark = pytest.mark.browser


async def test_a_webhook_is_added_receives_a_lead_and_receives_it_again(system: RunningSystem, office: OpenPage):
    page = await office()
    async with http_sink.run_http_sink() as accounting:
        await page.goto(f"{system.crm_url}/settings/webhooks/new")
        await page.get_by_label("Name").fill("Accounting")
        await page.get_by_label("URL").fill(accounting.url)
        await page.get_by_role("button", name="Add webhook").click()
        secret = await page.get_by_role("textbox", name="The secret").inner_text()
        await page.get_by_role("link", name="I have copied it").click()
        await expect(page.get_by_role("heading", level=1)).to_have_text("Accounting")
        assert secret.startswith("whsec_")
        assert secret not in await page.content()

        await create_lead(system)
        await accounting.wait_until(lambda endpoint: len(endpoint.received) == 1)
        message = accounting.received[0]
        event = Webhook(secret).verify(message.body, message.headers)
        assert (event["type"], event["data"]["lead"]["name"]) == ("lead.created", GRACE["name"])

        await expect(page.get_by_role("row")).to_have_count(0)
        await page.reload()
        await page.get_by_role("row").nth(1).get_by_role("link").click()
        await expect(page.get_by_role("listitem").filter(has_text="200")).to_have_count(1)
        await page.get_by_role("button", name="Send again").click()
        await accounting.wait_until(lambda endpoint: len(endpoint.received) == 2)
        again = accounting.received[1]
        assert (again.headers["webhook-id"], again.body) == (message.headers["webhook-id"], message.body)
        Webhook(secret).verify(again.body, again.headers)
        await expect(page.get_by_role("listitem").filter(has_text="200")).to_have_count(2)
