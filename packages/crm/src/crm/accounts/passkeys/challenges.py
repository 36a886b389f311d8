"""Challenges: what a device signs. Each is signed by us, so that none is stored before it is used, and works once."""

from __future__ import annotations

import hmac
import secrets
from datetime import UTC, datetime, timedelta

from crm.kernel import clock
from crm.kernel.app_context import AppContext
from crm.kernel.db import Connection

VALID_FOR = timedelta(minutes=15)
_HEAD = 24
"""Bytes of a challenge before its signature: when it expires, and random ones."""


def create(context: AppContext, purpose: str) -> bytes:
    """A new challenge, which is valid for this purpose only."""
    until = int((clock.now() + VALID_FOR).timestamp())
    head = until.to_bytes(8) + secrets.token_bytes(_HEAD - 8)
    return head + _sign(context, purpose, head)


def is_valid(context: AppContext, purpose: str, challenge: bytes) -> bool:
    """Whether this is one of our challenges for this purpose, and has not expired."""
    head, signature = challenge[:_HEAD], challenge[_HEAD:]
    return hmac.compare_digest(signature, _sign(context, purpose, head)) and _expiry(challenge) > clock.now()


async def use(connection: Connection, challenge: bytes) -> bool:
    """Mark a valid challenge as used. False if it was used before."""
    is_first = await connection.fetchval(
        "INSERT INTO used_challenges (challenge, expires_at) VALUES ($1, $2) ON CONFLICT DO NOTHING RETURNING true",
        challenge, _expiry(challenge),
    )  # fmt: skip
    return bool(is_first)


async def purge(connection: Connection) -> None:
    """Forget used challenges that have expired."""
    await connection.execute("DELETE FROM used_challenges WHERE expires_at < $1", clock.now())


def _expiry(challenge: bytes) -> datetime:
    return datetime.fromtimestamp(int.from_bytes(challenge[:8]), UTC)


def _sign(context: AppContext, purpose: str, head: bytes) -> bytes:
    return context.digest("passkey challenge", purpose, head.hex())
