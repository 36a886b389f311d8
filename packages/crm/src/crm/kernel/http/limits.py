"""Rates: how often one caller may ask, told in the headers of every answer.

A fixed window of a minute for each caller, in this process or, where REDIS_URL is set, shared by all of them.
What must outlive a restart (sign-ins, enquiries) is counted in its own room's table instead.
"""

from __future__ import annotations

import time
from typing import Any, Protocol

import msgspec

from crm.kernel.errors import TooMany

WINDOW = 60
MOST_CALLERS = 10_000


class Standing(msgspec.Struct, frozen=True):
    """`limit` requests a minute, `remaining` of them left, and seconds until the window ends."""

    limit: int
    remaining: int
    reset: int

    def headers(self) -> dict[str, str]:
        """As the IETF draft `RateLimit` fields are deployed today: three plain numbers."""
        return {
            "ratelimit-limit": str(self.limit),
            "ratelimit-remaining": str(self.remaining),
            "ratelimit-reset": str(self.reset),
        }

    def check(self, used: int) -> None:
        """Raise `TooMany` once more than `limit` were used."""
        if used > self.limit:
            raise TooMany(
                f"This key may ask {self.limit} times a minute. Try again in {self.reset} seconds.",
                headers={**self.headers(), "retry-after": str(self.reset)},
            )


class Counter(Protocol):
    async def count(self, caller: str, window: int) -> int:
        """Add one for `caller` in `window` and say how many there were."""
        ...


class LocalCounter:
    """Counts of this process. A window that has passed is dropped whole, so memory is bounded."""

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
    """Counts shared by all processes. When Redis is away nobody is refused for it."""

    def __init__(self, client: Any, away: tuple[type[Exception], ...]) -> None:
        self._client = client
        self._away = away

    async def count(self, caller: str, window: int) -> int:
        name = f"crm:rate:{window}:{caller}"
        try:
            async with self._client.pipeline(transaction=False) as pipe:
                pipe.incr(name)
                pipe.expire(name, WINDOW * 2)
                return int((await pipe.execute())[0])
        except self._away:
            return 1


def counter(redis_url: str) -> Counter:
    """The counter the configuration asks for."""
    if not redis_url:
        return LocalCounter()
    from redis.asyncio import Redis  # noqa: PLC0415 only where it is asked for
    from redis.exceptions import RedisError  # noqa: PLC0415

    client = Redis.from_url(redis_url, socket_timeout=0.25, socket_connect_timeout=0.25)
    return RedisCounter(client, (RedisError, OSError))


async def take(source: Counter, caller: str, limit: int) -> Standing:
    """Count one request of `caller`. Raises `TooMany` beyond `limit` a minute."""
    moment = time.time()
    window = int(moment // WINDOW)
    used = await source.count(caller, window)
    standing = Standing(limit, max(limit - used, 0), max(1, int((window + 1) * WINDOW - moment)))
    standing.check(used)
    return standing
