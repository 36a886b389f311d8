"""Stores an enquiry once, before the visitor is thanked."""

from __future__ import annotations

import base64
import hashlib
from datetime import datetime, timedelta

import msgspec

from crm.inbound.intake import forms, queries
from crm.inbound.intake.forms import TYPED, Enquiry
from crm.inbound.intake.models import Receipt
from crm.kernel import clock
from crm.kernel.db import Connection
from crm.kernel.errors import FieldError, RateLimitedError, ValidationError
from crm.kernel.security.tokens import reference
from shared.enquiry_form import HONEYPOT

STORED = "submission_stored"
"""The PostgreSQL notification channel that wakes the workers."""
WINDOW = timedelta(minutes=10)
"""A client may send ENQUIRY_RATE_LIMIT enquiries in this time. The same enquiry twice in it counts once."""
NO_RATE = 100_000
"""A limit this high means no limit. Counting up to it would cost too much."""
MAX_AGE = timedelta(days=30)
_TRIES = 3


class Sender(msgspec.Struct, frozen=True):
    """Where a post came from. `origin` is empty for a program. A signature has proved `synthetic`."""

    origin: str
    address_hash: bytes
    device: str
    rate: int
    synthetic: bool = False


class Post(msgspec.Struct, frozen=True):
    """An enquiry as it was sent: its fields, unknown fields, sender, and Idempotency-Key if any."""

    enquiry: Enquiry
    extras: dict[str, str]
    sender: Sender
    key: str | None


async def store_submission(conn: Connection, post: Post) -> Receipt:
    """Store a post, in one statement that commits by itself outside a transaction.

    A repeat returns the receipt of the first submission. It has the same key or, without one, the same fields from the
    same client within ten minutes.

    Raises `ValidationError` for a key that was used for another enquiry, and `RateLimitedError` above the limit.
    """
    now = clock.now()
    enquiry, sender = post.enquiry, post.sender
    fingerprint = _fingerprint(enquiry)
    is_limited = not sender.synthetic and sender.rate < NO_RATE
    for _ in range(_TRIES):
        result = await queries.store(
            conn,
            reference=reference("E"),
            key=post.key or _repeat_key(fingerprint, sender.address_hash, now),
            keyed=post.key is not None,
            fingerprint=fingerprint,
            body=forms.build_body(enquiry, post.extras),
            origin=sender.origin,
            address_hash=sender.address_hash,
            device=sender.device,
            synthetic=sender.synthetic,
            sent_at=min(max(enquiry.sent_at or now, now - MAX_AGE), now),
            received_at=now,
            since=now - WINDOW,
            rate=sender.rate if is_limited else None,
        )
        if result is not None:
            break
        # Another request stored the same enquiry just now, or the reference is taken. The next attempt sees it.
    else:
        raise RuntimeError("The enquiry was neither stored nor found.")
    if result.outcome == "limited":
        raise _rate_limited(result.received_at + WINDOW - now)
    if post.key and result.fingerprint != fingerprint:
        raise ValidationError([FieldError("", "This Idempotency-Key was used for another enquiry. Use a new key.")])
    return Receipt(result.reference, result.received_at)


def _fingerprint(enquiry: Enquiry) -> bytes:
    """Hash the fields that the visitor typed. Hidden fields are left out, because they differ in a retry."""
    typed = [getattr(enquiry, name) for name in (*TYPED, HONEYPOT)]
    return hashlib.sha256(msgspec.json.encode(typed)).digest()


def _repeat_key(fingerprint: bytes, address_hash: bytes, now: datetime) -> str:
    """A key that keeps a double click from being stored twice, although neither request sees the other's row yet.

    It holds a space, so it never equals the key of a visitor.
    """
    window = int(now.timestamp() // WINDOW.total_seconds())
    digest = hashlib.sha256(fingerprint + address_hash + window.to_bytes(8)).digest()
    return f"repeat {base64.b64encode(digest).decode()}"


def _rate_limited(wait: timedelta) -> RateLimitedError:
    seconds = max(1, int(wait.total_seconds()) + 1)
    minutes = -(-seconds // 60)
    return RateLimitedError(
        "You have sent several enquiries within a few minutes. "
        f"Please try again in {minutes} minute{'s' if minutes > 1 else ''}.",
        headers={"retry-after": str(seconds)},
    )
