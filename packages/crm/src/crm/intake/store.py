"""Stores an enquiry once, before anybody is thanked for it."""

from __future__ import annotations

import base64
import hashlib
from datetime import datetime, timedelta

import msgspec

from crm.intake import forms, queries
from crm.intake.forms import TYPED, Enquiry
from crm.intake.models import Receipt
from crm.kernel import clock
from crm.kernel.db import Connection
from crm.kernel.errors import FieldError, RateLimitedError, ValidationError
from crm.kernel.security.tokens import reference
from shared.enquiry_form import HONEYPOT

STORED = "submission_stored"
"""The channel on which workers hear of it."""
WINDOW = timedelta(minutes=10)
"""One address may send ENQUIRY_RATE_LIMIT enquiries in this time, and the same words in it are one enquiry."""
NO_RATE = 100_000
"""A limit this high is none: counting up to it would cost more than it guards."""
OLDEST = timedelta(days=30)
_TRIES = 3


class Sender(msgspec.Struct, frozen=True):
    """Where a post came from, as far as it can be believed. `origin` is empty for a program; `synthetic` is proved by
    a signature."""

    origin: str
    address_hash: bytes
    device: str
    rate: int
    synthetic: bool = False


class Post(msgspec.Struct, frozen=True):
    """An enquiry as it was sent: its fields, what the page added, who sent it, and the Idempotency-Key if any."""

    enquiry: Enquiry
    extras: dict[str, str]
    sender: Sender
    key: str | None


async def store_submission(conn: Connection, post: Post) -> Receipt:
    """Store what was sent, in one statement that commits by itself outside a transaction.

    The same key, or without one the same words from the same address within ten minutes, give the receipt of the
    submission that is already there.

    Raises `ValidationError` for a key that was used for other words, `RateLimitedError` beyond the address's rate.
    """
    now = clock.now()
    enquiry, sender = post.enquiry, post.sender
    fingerprint = _fingerprint(enquiry)
    limited = not sender.synthetic and sender.rate < NO_RATE
    for _ in range(_TRIES):
        stored = await queries.store(
            conn,
            reference=reference("E"),
            key=post.key or _repeat_key(fingerprint, sender.address_hash, now),
            keyed=post.key is not None,
            fingerprint=fingerprint,
            body=forms.body_of(enquiry, post.extras),
            origin=sender.origin,
            address_hash=sender.address_hash,
            device=sender.device,
            synthetic=sender.synthetic,
            sent_at=min(max(enquiry.sent_at or now, now - OLDEST), now),
            received_at=now,
            since=now - WINDOW,
            rate=sender.rate if limited else None,
        )
        if stored is not None:
            break
        # The same was stored at this very moment, or the reference is taken: the next try sees it.
    else:
        raise RuntimeError("The enquiry was neither stored nor found.")
    if stored.outcome == "limited":
        raise _too_many(stored.received_at + WINDOW - now)
    if post.key and stored.fingerprint != fingerprint:
        raise ValidationError(
            [FieldError("", "This Idempotency-Key was used for another enquiry. Send a new key with this one.")]
        )
    return Receipt(stored.reference, stored.received_at)


def _fingerprint(enquiry: Enquiry) -> bytes:
    """What the visitor typed, and not what the page adds: a retry may differ in that."""
    typed = [getattr(enquiry, name) for name in (*TYPED, HONEYPOT)]
    return hashlib.sha256(msgspec.json.encode(typed)).digest()


def _repeat_key(fingerprint: bytes, address_hash: bytes, now: datetime) -> str:
    """Keeps a double click from being stored twice, although neither click sees the other's row yet. It holds a space,
    which no key of a visitor does."""
    window = int(now.timestamp() // WINDOW.total_seconds())
    digest = hashlib.sha256(fingerprint + address_hash + window.to_bytes(8)).digest()
    return f"repeat {base64.b64encode(digest).decode()}"


def _too_many(wait: timedelta) -> RateLimitedError:
    seconds = max(1, int(wait.total_seconds()) + 1)
    minutes = -(-seconds // 60)
    return RateLimitedError(
        "Several enquiries came from your address within a few minutes. "
        f"Please try again in {minutes} minute{'s' if minutes > 1 else ''}.",
        headers={"retry-after": str(seconds)},
    )
