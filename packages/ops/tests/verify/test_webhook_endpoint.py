from __future__ import annotations

import base64
from collections.abc import Iterator
from datetime import UTC, datetime

import httpx
import pytest
from standardwebhooks import Webhook

from ops.verify.checks import CheckFailedError
from ops.verify.context import VerifyContext
from ops.verify.enquiry import WebhookEndpoint, expect_webhook, listen
from ops.verify.target import load_target

SECRET = "whsec_" + base64.b64encode(b"a secret of thirty-two bytes here").decode()
BODY = '{"type":"lead.created","data":{"reference":"E-123"}}'


@pytest.fixture
def endpoint() -> Iterator[WebhookEndpoint]:
    with listen() as found:
        found.secret = SECRET
        yield found


@pytest.fixture
def impatient(tmp_path) -> VerifyContext:
    context = VerifyContext(load_target("local", {"DATA_DIR": str(tmp_path)}), {})
    context.arrival_timeout_s = 0
    return context


async def post(url: str, secret: str) -> int:
    now = datetime.now(UTC)
    headers = {
        "webhook-id": "msg_1",
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": Webhook(secret).sign("msg_1", now, BODY),
    }
    async with httpx.AsyncClient() as client:
        return (await client.post(url, content=BODY, headers=headers)).status_code


async def test_a_signed_message_is_accepted(impatient, endpoint):
    assert await post(endpoint.url, SECRET) == 204
    assert (await expect_webhook(impatient, endpoint, "E-123"))["type"] == "lead.created"


async def test_a_message_with_another_signature_fails(impatient, endpoint):
    await post(endpoint.url, "whsec_" + base64.b64encode(b"another secret of thirty-two byte").decode())
    with pytest.raises(CheckFailedError, match="The signature of E-123 is wrong") as error:
        await expect_webhook(impatient, endpoint, "E-123")
    assert "webhooks/signing.py" in error.value.hint


async def test_a_message_about_something_else_is_not_taken_for_ours(impatient, endpoint):
    await post(endpoint.url, SECRET)
    with pytest.raises(CheckFailedError, match="No webhook about E-999 came within 0 s"):
        await expect_webhook(impatient, endpoint, "E-999")
