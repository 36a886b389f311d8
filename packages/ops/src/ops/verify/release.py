"""Is what was pushed what runs? The commit that the service and the site say they are of."""

from __future__ import annotations

from ops.verify.checks import Broken, Check, Skipped
from ops.verify.client import Client

SHORTEST = 7


class Release:
    """`commit` is the expected one, whole or its first letters. `ops deploy watch` waits until it is live."""

    def __init__(self, client: Client, commit: str) -> None:
        self.client = client
        self.commit = commit.strip().lower()

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
        # A service that is not well tells its commit too.
        told = (await self.client.get(url, expect=None)).json()
        runs = str(told.get("commit") or "")
        if len(runs) < SHORTEST or not (runs.startswith(self.commit) or self.commit.startswith(runs)):
            short = runs[:SHORTEST] or "no commit"
            raise Broken(f"{url} is of {short}, not {self.commit[:SHORTEST]}", f"Look at {where}; `ops deploy watch`.")
        return runs[:SHORTEST]
