"""Checks of weight and time: what a visitor has to wait for."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

from ops.verify.checks import Broken, Check, Door, Group, Lane
from ops.verify.client import Client
from ops.verify.loading import Loader
from ops.verify.public_site import PublicSite

MOST_BYTES = 60 * 1024
"""Of any page, compressed, everything included; the landing page promises it (specs/site.md)."""

MOST_S = 2.0
"""The founding document's page load."""

TRIES = 3


class Speed:
    def __init__(self, client: Client, site: PublicSite, clock: Callable[[], float] = time.monotonic) -> None:
        self.client = client
        self.clock = clock
        self.site = site

    def lanes(self) -> list[Lane]:
        weight = Check("page weight", f"No page weighs more than {MOST_BYTES // 1024} KB, all included", self.weight)
        load = Check("page load", f"The landing page is there within {MOST_S:.0f} s, all included", self.load)
        return [
            Lane(Group.SPEED, (weight,), (Door.SITE,)),
            Lane(Group.SPEED, (load,), (Door.SITE,), quiet=True),
        ]

    async def weight(self) -> str:
        loader = Loader(self.client)
        pages = await asyncio.gather(*(loader.load(url) for url in await self.site.urls()))
        heavy = max(pages, key=lambda page: page.weight)
        if heavy.weight > MOST_BYTES:
            most = heavy.heaviest()
            raise Broken(
                f"{heavy.url} weighs {heavy.weight:,} bytes; {MOST_BYTES:,} are allowed",
                f"The heaviest part is {most} with {heavy.files[most]:,} bytes.",
            )
        return f"{len(pages)} pages, the heaviest {heavy.weight / 1024:.1f} KB ({heavy.url})"

    async def load(self) -> str:
        """The best of a few, each on new connections: one slow moment on the way is not the page's fault."""
        times = []
        for _ in range(TRIES):
            fresh = Client(self.client.target)
            try:
                loaded = await Loader(fresh, self.clock).load(f"{self.client.target.site_url}/")
            finally:
                await fresh.close()
            times.append(loaded.seconds)
        if min(times) > MOST_S:
            told = ", ".join(f"{seconds:.1f}" for seconds in times)
            raise Broken(
                f"{loaded.url} takes {told} s to load; {MOST_S:.0f} s are allowed",
                "Look at the host's status, then at the weight of the page.",
            )
        return f"{min(times) * 1000:.0f} ms, {len(loaded.files)} files, {loaded.weight / 1024:.1f} KB"
