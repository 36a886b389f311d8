"""Rate limits: requests of one caller in a minute, counted in this process or, with REDIS_URL, across all processes.

Limits that must survive a restart (sign-ins, enquiries) are counted in a table of their module instead.
"""

from __future__ import annotations

import time
from typing import Any

import msgspec

from crm.kernel.errors import RateLimitedError

WINDOW = 60
MOST_CALLERS = 10_000


class RateLimitStatus(msgspec.Struct, frozen=True):
    """`limit` requests a minute, of which `remaining` are left, and the seconds until the minute ends."""

    limit: int
    remaining: int
    reset: int

    def headers(self) -> dict[str, str]:
        """The `RateLimit` fields of the IETF draft, in their widely used form of three numbers."""
        values = {"limit": self.limit, "remaining": self.remaining, "reset": self.reset}
        return {f"ratelimit-{name}": str(value) for name, value in values.items()}


class LocalCounter:
    """Counts of this process. `count` adds a request of `caller` and returns how many there were in the window."""

    def __init__(self) -> None:
        self._window = 0
        self._used: dict[str, int] = {}

    async def count(self, caller: str, window: int) -> int:
        if window != self._window:
            self._window, self._used = window, {}
        used = self._used.get(caller, 0) + 1
        if len(self._used) < MOST_CALLERS or caller in self._used:
            self._used[caller] = used
        return used


class RedisCounter:
    """Counts shared by all processes. While Redis is unreachable, no request is refused."""

    def __init__(self, client: Any, errors: tuple[type[Exception], ...]) -> None:
        self._client = client
        self._errors = errors

    async def count(self, caller: str, window: int) -> int:
        name = f"crm:rate:{window}:{caller}"
        try:
            async with self._client.pipeline(transaction=False) as pipe:
                pipe.incr(name)
                pipe.expire(name, WINDOW * 2)
                return int((await pipe.execute())[0])
        except self._errors:
            return 1


def counter(redis_url: str) -> LocalCounter | RedisCounter:
    if not redis_url:
        return LocalCounter()
    from redis.asyncio import Redis  # noqa: PLC0415 only loaded if it is used
    from redis.exceptions import RedisError  # noqa: PLC0415

    client = Redis.from_url(redis_url, socket_timeout=0.25, socket_connect_timeout=0.25)
    return RedisCounter(client, (RedisError, OSError))


async def take(source: LocalCounter | RedisCounter, caller: str, limit: int) -> RateLimitStatus:
    """Count one request of `caller`. Raises `RateLimitedError` beyond `limit` a minute."""
    now = time.time()
    window = int(now // WINDOW)
    used = await source.count(caller, window)
    standing = RateLimitStatus(limit, max(limit - used, 0), max(1, int((window + 1) * WINDOW - now)))
    if used > limit:
        detail = f"This key may ask {limit} times a minute. Try again in {standing.reset} seconds."
        raise RateLimitedError(detail, headers={**standing.headers(), "retry-after": str(standing.reset)})
    return standing
