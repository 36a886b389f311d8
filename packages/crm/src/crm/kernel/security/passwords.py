"""Password hashing by Argon2id, off the event loop."""

from __future__ import annotations

import asyncio

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

# OWASP's second recommended set: 19 MiB, 2 passes. A sign-in must not push a 512 MB service over its limit.
_hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
# Two at a time: more would only queue for the same processor and hold 19 MiB each.
_room = asyncio.Semaphore(2)
_DUMMY = _hasher.hash("nobody has this password")


async def hash_password(password: str) -> str:
    """The encoded Argon2id hash of `password` (RFC 9106)."""
    async with _room:
        return await asyncio.to_thread(_hasher.hash, password)


async def check_password(encoded: str | None, password: str) -> bool:
    """Whether `password` gives `encoded`. Without a hash it takes as long and says no."""
    async with _room:
        return await asyncio.to_thread(_verify, encoded, password)


def _verify(encoded: str | None, password: str) -> bool:
    try:
        return _hasher.verify(encoded or _DUMMY, password) and encoded is not None
    except (VerificationError, InvalidHashError):
        return False
