"""Password hashing by Argon2id, off the event loop, with a bounded queue."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from crm.kernel.errors import ServiceUnavailableError

T = TypeVar("T")

SLOTS = 2
"""Hashes at a time. More would only share the same processor and hold 19 MiB each."""
MAX_WAITING = 20

# OWASP's second recommended set: 19 MiB, 2 passes. A sign-in must not push a 512 MB service over its limit.
_hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
_DUMMY = _hasher.hash("nobody has this password")


class HashQueue:
    """Runs `SLOTS` hashes at a time in threads of its own. The newest that waits is next.

    If more than `MAX_WAITING` wait, the oldest is refused. So a flood of sign-ins delays nobody who comes after it,
    and old requests, whose clients have often given up, cost nothing.
    """

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(SLOTS, "hash")
        self._running = 0
        self._waiting: list[asyncio.Future[None]] = []

    async def run(self, function: Callable[..., T], *arguments: str | None) -> T:
        """The result of `function`. Raises `ServiceUnavailableError` if too many came after this one."""
        await self._enter()
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, function, *arguments)
        finally:
            self._leave()

    async def _enter(self) -> None:
        if self._running < SLOTS:
            self._running += 1
            return
        turn = asyncio.get_running_loop().create_future()
        self._waiting.append(turn)
        if len(self._waiting) > MAX_WAITING:
            detail = "Too many people are signing in right now. Try again in a few seconds."
            self._waiting.pop(0).set_exception(ServiceUnavailableError(detail, headers={"retry-after": "2"}))
        try:
            await turn
        except asyncio.CancelledError:
            if turn in self._waiting:
                self._waiting.remove(turn)
            elif turn.done() and not turn.cancelled() and turn.exception() is None:
                self._leave()
            raise

    def _leave(self) -> None:
        """Give the slot to the newest that waits."""
        while self._waiting:
            turn = self._waiting.pop()
            if not turn.done():
                turn.set_result(None)
                return
        self._running -= 1


_queue = HashQueue()


async def hash_password(password: str) -> str:
    """The encoded Argon2id hash of `password` (RFC 9106). Raises `ServiceUnavailableError` in a flood of requests."""
    return await _queue.run(_hasher.hash, password)


async def check_password(encoded: str | None, password: str) -> bool:
    """Whether `password` gives `encoded`. Without a hash it takes as long and says no.

    Raises `ServiceUnavailableError` in a flood of requests.
    """
    return await _queue.run(_verify, encoded, password)


def _verify(encoded: str | None, password: str) -> bool:
    try:
        return _hasher.verify(encoded or _DUMMY, password) and encoded is not None
    except (VerificationError, InvalidHashError):
        return False
