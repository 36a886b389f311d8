"""Is the fault ours? Hosts that have nothing to do with the house, asked when a target fails.

When none of them takes a connection, the prober itself has no network, and what it sees says nothing about the target.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from ops.uptime.clock import Clock

PATIENCE_S = 3.0
FRESH_MS = 5000


class Controls:
    """Asks at most once in five seconds, however many targets fail together. Addresses are written as `name:port`."""

    def __init__(self, addresses: Sequence[str], clock: Clock) -> None:
        self._addresses = addresses
        self._clock = clock
        self._asking: tuple[int, asyncio.Task[bool]] | None = None

    async def online(self) -> bool:
        """Whether any of the hosts takes a connection by its name."""
        now = self._clock.ticks()
        if self._asking is None or now - self._asking[0] >= FRESH_MS:
            self._asking = now, asyncio.create_task(reached(self._addresses))
        return await asyncio.shield(self._asking[1])


async def reached(addresses: Sequence[str], patience_s: float = PATIENCE_S) -> bool:
    """Whether one of the addresses can be reached; the first that can decides."""
    tries = [asyncio.create_task(_connects(address, patience_s)) for address in addresses]
    try:
        for first in asyncio.as_completed(tries):
            if await first:
                return True
        return False
    finally:
        for each in tries:
            each.cancel()


async def _connects(address: str, patience_s: float) -> bool:
    host, _, port = address.rpartition(":")
    try:
        async with asyncio.timeout(patience_s):
            _, writer = await asyncio.open_connection(host, int(port))
    except (OSError, UnicodeError):
        return False
    writer.close()
    return True
