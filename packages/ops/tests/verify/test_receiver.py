from __future__ import annotations

import base64
from collections.abc import Iterator
from datetime import UTC, datetime

import httpx
import pytest
from standardwebhooks import Webhook

from ops.verify.receiver import Receiver, WebhookVerificationError, listening

SECRET = "whsec_" + base64.b64encode(b"a secret of thirty-two bytes here").decode()
BODY = '{"type":"lead.created","data":{"reference":"E-123"}}'


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with listening() as found:
        found.secret = SECRET
        yield found


async def post(url: str, signed_with: str) -> int:
    now = datetime.now(UTC)
    headers = {
        "webhook-id": "msg_1",
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": Webhook(signed_with).sign("msg_1", now, BODY),
    }
    async with httpx.AsyncClient() as client:
        return (await client.post(url, content=BODY, headers=headers)).status_code


async def test_a_signed_message_is_taken(receiver):
    assert await post(receiver.url, SECRET) == 204
    told = await receiver.wait_for("E-123", 5)
    assert told is not None
    assert told["type"] == "lead.created"


async def test_a_message_signed_by_somebody_else_is_noticed(receiver):
    await post(receiver.url, "whsec_" + base64.b64encode(b"another secret of thirty-two byte").decode())
    with pytest.raises(WebhookVerificationError):
        await receiver.wait_for("E-123", 5)


async def test_a_message_about_something_else_is_not_taken_for_ours(receiver):
    await post(receiver.url, SECRET)
    assert await receiver.wait_for("E-999", 0.1) is None
