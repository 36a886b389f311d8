"""Signatures of incoming webhooks by Standard Webhooks, which Svix and thereby Resend use with other header names.

The library verifies text only, and a message may hold any bytes.
"""

from __future__ import annotations

import base64
import hmac

from crm.kernel import clock
from crm.kernel.errors import NotFoundError, UnauthenticatedError
from crm.kernel.http.request import Request

VALID_S = 300
"""A signature is valid this many seconds before and after its time."""


async def verify_signature(request: Request, secret: str, prefix: str) -> bytes:
    """The body, if its signature is right. Raises `NotFoundError` without a secret, and `UnauthenticatedError`.

    The headers are checked first, so that nobody makes the service read a large body for nothing.
    """
    if not secret:
        raise NotFoundError("This address takes no mail, because no secret is set for it.")
    message_id, moment, given = (
        request.headers.get(f"{prefix}-{name}", "") for name in ("id", "timestamp", "signature")
    )
    if not (message_id and moment.isascii() and moment.isdecimal() and given):
        raise UnauthenticatedError(f"Send the headers {prefix}-id, {prefix}-timestamp and {prefix}-signature.")
    if abs(clock.now().timestamp() - int(moment[:12])) > VALID_S:
        raise UnauthenticatedError(f"{prefix}-timestamp is more than {VALID_S // 60} minutes off. Check the clock.")
    body = await request.body()
    key = base64.b64decode(secret.removeprefix("whsec_") + "==")
    digest = hmac.digest(key, f"{message_id}.{moment}.".encode() + body, "sha256")
    expected = b"v1," + base64.b64encode(digest)
    if not any(hmac.compare_digest(expected, each.encode()) for each in given.split()):
        raise UnauthenticatedError(f"{prefix}-signature is not that of this body and secret.")
    return body
