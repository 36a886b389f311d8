"""Verifies the signature of test enquiries, which count nowhere.

The header is `X-Synthetic: t=<unix seconds>,v1=<hex>`. `v1` is the HMAC-SHA256, with SYNTHETIC_KEY, of the time, a dot
and the body.
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
"""A signature is valid this many seconds before and after its time."""
_PATTERN = re.compile(r"t=(\d{1,12}),v1=([0-9a-f]{64})")


async def verify_signature(request: Request) -> bool:
    """Whether the post is a test enquiry. Raises `ForbiddenError` if its signature is wrong."""
    header = request.headers.get(HEADER)
    if header is None:
        return False
    key = request.app_context.config.synthetic_key
    if not key:
        raise ForbiddenError("Synthetic enquiries are off: SYNTHETIC_KEY is not set.")
    match = _PATTERN.fullmatch(header)
    if match is None:
        raise ForbiddenError("X-Synthetic must be t=<unix seconds>,v1=<64 hex digits>.")
    signed = f"{match[1]}.".encode() + await request.body()
    is_valid = hmac.compare_digest(hmac.new(key.encode(), signed, hashlib.sha256).hexdigest(), match[2])
    if not is_valid or abs(clock.now().timestamp() - int(match[1])) > VALID_S:
        raise ForbiddenError("X-Synthetic is signed with another key, for another body, or at another time.")
    return True
