"""Is what was pushed what runs? The commit that the service and the site say they are of."""

from __future__ import annotations

import asyncio
import time

from ops.verify.checks import Broken, Check, Skipped
from ops.verify.client import Client

STEP_S = 5.0
SHORTEST = 7


class Release:
    """`commit` is the expected one, whole or its first letters; `patience_s` how long it may take until it is live."""

    def __init__(self, client: Client, commit: str, patience_s: float, step_s: float = STEP_S) -> None:
        self.client = client
        self.commit = commit.strip().lower()
        self.deadline = time.monotonic() + patience_s
        self.step_s = step_s

    def checks(self) -> list[Check]:
        return [
            Check("service commit", "The service runs the commit that it should", self.service),
            Check("site commit", "The site was built of the commit that it should", self.site),
        ]

    async def service(self) -> str:
        return await self._is_live(f"{self.client.target.api_url}/api/v1/health", "the deployment on Railway")

    async def site(self) -> str:
        return await self._is_live(f"{self.client.target.site_url}/build.json", "the run of deploy-web.yml")

    async def _is_live(self, url: str, where: str) -> str:
        if not self.commit:
            raise Skipped("No commit is expected; name one with --commit.")
        while True:
            # A service that is not well tells its commit too.
            told = (await self.client.get(url, expect=None)).json()
            runs = str(told.get("commit") or "")
            if len(runs) >= SHORTEST and (runs.startswith(self.commit) or self.commit.startswith(runs)):
                return runs[:SHORTEST]
            if time.monotonic() + self.step_s > self.deadline:
                raise Broken(
                    f"{url} is of {runs[:SHORTEST] or 'no commit'}, not {self.commit[:SHORTEST]}", f"Look at {where}."
                )
            await asyncio.sleep(self.step_s)
