"""Taking an enquiry in: it is written down, once, before anybody is thanked."""

from __future__ import annotations

import hashlib
from datetime import timedelta

import msgspec

from crm.intake import forms, queries
from crm.intake.forms import TYPED, Enquiry
from crm.intake.models import Submission
from crm.kernel import clock
from crm.kernel.db import Connection
from crm.kernel.errors import Fault, Faulty, TooMany
from crm.kernel.security.tokens import reference
from house.form import HONEYPOT

RATE_WINDOW = timedelta(minutes=10)
"""One address may send ENQUIRY_RATE_LIMIT enquiries in this time."""
NO_RATE = 100_000
"""A limit this high is none: counting up to it would cost more than it guards."""
OLDEST = timedelta(days=30)


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


async def take_in(conn: Connection, post: Post) -> Submission:
    """Store what was sent, once: the same key, or without one the same words from the same address within ten
    minutes, give the submission that is already there.

    Raises `Faulty` for a key that was used for other words, `TooMany` beyond the address's rate.
    """
    now = clock.now()
    enquiry, sender, key = post.enquiry, post.sender, post.key
    fingerprint = _fingerprint(enquiry)
    same = key.encode() if key else fingerprint + sender.address_hash
    await queries.serialize(conn, int.from_bytes(hashlib.sha256(same).digest()[:8], signed=True))
    if key:
        earlier = await queries.with_key(conn, key)
        if earlier and earlier.fingerprint != fingerprint:
            raise Faulty(
                [Fault("", "This Idempotency-Key was used for another enquiry. Send a new key with this one.")]
            )
    else:
        earlier = await queries.twin(conn, fingerprint, sender.address_hash, now - RATE_WINDOW)
    if earlier:
        return earlier
    await _check_rate(conn, sender)
    return await queries.insert(
        conn,
        reference=reference("E"),
        idempotency_key=key,
        fingerprint=fingerprint,
        body=forms.body_of(enquiry, post.extras),
        origin=sender.origin,
        address_hash=sender.address_hash,
        device=sender.device,
        synthetic=sender.synthetic,
        sent_at=min(max(enquiry.sent_at or now, now - OLDEST), now),
        received_at=now,
    )


def _fingerprint(enquiry: Enquiry) -> bytes:
    """What the visitor typed, and not what the page adds: a retry may differ in that."""
    typed = [getattr(enquiry, name) for name in (*TYPED, HONEYPOT)]
    return hashlib.sha256(msgspec.json.encode(typed)).digest()


async def _check_rate(conn: Connection, sender: Sender) -> None:
    if sender.synthetic or sender.rate >= NO_RATE:
        return
    now = clock.now()
    oldest = await queries.nth_newest(conn, sender.address_hash, now - RATE_WINDOW, sender.rate)
    if oldest is not None:
        seconds = max(1, int((oldest + RATE_WINDOW - now).total_seconds()) + 1)
        minutes = -(-seconds // 60)
        raise TooMany(
            "Several enquiries came from your address within a few minutes. "
            f"Please try again in {minutes} minute{'s' if minutes > 1 else ''}.",
            headers={"retry-after": str(seconds)},
        )
