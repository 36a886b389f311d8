"""Test enquiries: sent by whoever verifies the system, proved by a signature, counted nowhere.

The header is `X-Synthetic: t=<unix seconds>,v1=<hex>`, `v1` being the HMAC-SHA256 under SYNTHETIC_KEY of the time, a
dot and the body as sent.
"""

from __future__ import annotations

import hashlib
import hmac
import re

from crm.kernel import clock
from crm.kernel.errors import ForbiddenError
from crm.kernel.http.request import Request

HEADER = "x-synthetic"
VALID_S = 300
"""A signature is good for so many seconds before and after its time."""
_FORM = re.compile(r"t=(\d{1,12}),v1=([0-9a-f]{64})")


async def verify_signature(request: Request) -> bool:
    """Whether the post is a test enquiry. Raises `ForbiddenError` for one that says so and cannot prove it."""
    said = request.headers.get(HEADER)
    if said is None:
        return False
    key = request.app_context.config.synthetic_key
    if not key:
        raise ForbiddenError("This system takes no synthetic enquiries: SYNTHETIC_KEY is not set.")
    found = _FORM.fullmatch(said)
    if found is None:
        raise ForbiddenError("X-Synthetic reads t=<unix seconds>,v1=<64 hex digits>.")
    signed = f"{found[1]}.".encode() + await request.body()
    right = hmac.compare_digest(hmac.new(key.encode(), signed, hashlib.sha256).hexdigest(), found[2])
    if not right or abs(clock.now().timestamp() - int(found[1])) > VALID_S:
        raise ForbiddenError("X-Synthetic is signed with another key, for another body, or at another time.")
    return True
