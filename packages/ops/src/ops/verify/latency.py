"""How fast the API answers, from enough samples to say so.

A hundred answers, one after another on one connection. The promise holds for 95 of them, so up to five hiccups are
forgiven. Counted as coin tosses: a service that is slow in 2 % of its answers is blamed once in 65 walks, one that is
slow in 12 % gets away once in 65; with twenty samples the second would get away every second time. A red round is
measured once more, since the machine has other things to do than to be measured.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable

from ops.verify.access import Key
from ops.verify.checks import Broken, Check
from ops.verify.client import Client

SAMPLES = 100
FORGIVEN = 5
LIMIT_MS = 200
"""The founding document's figure for an answer of the API."""
ROUNDS = 2
WAY_SAMPLES = 10

Clock = Callable[[], float]
"""Seconds, from whenever."""


class Latency:
    def __init__(self, client: Client, key: Key, limit_ms: float = LIMIT_MS, clock: Clock = time.perf_counter) -> None:
        self.client = client
        self.key = key
        self.url = f"{client.target.api_url}/api/v1"
        self.limit_ms = limit_ms
        self.clock = clock

    def checks(self) -> list[Check]:
        within = f"{SAMPLES - FORGIVEN} of {SAMPLES} times within {self.limit_ms:.0f} ms"
        return [
            Check("health latency", f"Health is told {within}", self.health),
            Check("list latency", f"A list of leads is told {within}", self.lists),
        ]

    async def health(self) -> str:
        return await self._judged(f"{self.url}/health", {})

    async def lists(self) -> str:
        return await self._judged(f"{self.url}/leads?limit=25", await self.key.headers())

    async def _judged(self, url: str, headers: dict[str, str]) -> str:
        for _ in range(ROUNDS):
            took = await self._sampled(url, headers, SAMPLES)
            p95 = took[SAMPLES - FORGIVEN - 1]
            told = f"{SAMPLES} samples: p50 {statistics.median(took):.0f} ms, p95 {p95:.0f} ms, worst {took[-1]:.0f} ms"
            if p95 <= self.limit_ms:
                return told
        # What answers without looking at anything takes the way and nothing else.
        way = (await self._sampled(f"{self.url}/live", {}, WAY_SAMPLES))[0]
        raise Broken(told, self._advice(way))

    def _advice(self, way: float) -> str:
        if way > self.limit_ms / 2:
            return f"The way alone takes {way:.0f} ms: measure from nearer, or move the service nearer to its visitors."
        return f"The way alone takes {way:.0f} ms; look for slow statements and at the memory and CPU of the service."

    async def _sampled(self, url: str, headers: dict[str, str], count: int) -> list[float]:
        """Milliseconds, sorted. The first answer opens the connection and is not counted."""
        took = []
        for _ in range(count + 1):
            began = self.clock()
            await self.client.get(url, headers=headers)
            took.append((self.clock() - began) * 1000)
        return sorted(took[1:])
