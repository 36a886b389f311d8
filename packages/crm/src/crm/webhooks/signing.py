"""Signatures by Standard Webhooks (standardwebhooks.com, version 1): receivers verify with an existing library."""

from __future__ import annotations

import base64
import secrets
from datetime import datetime

from standardwebhooks.webhooks import Webhook as Signer

PREFIX = "whsec_"


def new_secret() -> str:
    """A secret of 256 random bits in the form receivers' libraries take."""
    return PREFIX + base64.b64encode(secrets.token_bytes(32)).decode()


def signed_headers(keys: list[str], message_id: str, at: datetime, body: str) -> dict[str, str]:
    """The three headers of one attempt, with a signature for each of `keys`; the receiver needs to know one."""
    return {
        "content-type": "application/json",
        "webhook-id": message_id,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": " ".join(Signer(key).sign(message_id, at, body) for key in keys),
    }
