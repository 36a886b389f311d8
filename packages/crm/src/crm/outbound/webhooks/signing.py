"""Signatures by Standard Webhooks (standardwebhooks.com, version 1): existing libraries verify them."""

from __future__ import annotations

import base64
import secrets
from datetime import datetime

from standardwebhooks.webhooks import Webhook as Signer

PREFIX = "whsec_"


def new_secret() -> str:
    """A secret of 256 random bits in the format that the libraries expect."""
    return PREFIX + base64.b64encode(secrets.token_bytes(32)).decode()


def build_headers(keys: list[str], message_id: str, at: datetime, body: str) -> dict[str, str]:
    """The three headers of one attempt, with a signature for each of `keys`; knowing one is enough to verify."""
    return {
        "content-type": "application/json",
        "webhook-id": message_id,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": " ".join(Signer(key).sign(message_id, at, body) for key in keys),
    }
