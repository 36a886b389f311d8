"""What must not be there for strangers: histories, settings, dumps, doors of tools, and requests that are echoed."""

from __future__ import annotations

import asyncio

import httpx

from ops.verify.checks import Broken, Check
from ops.verify.client import Client

FORGOTTEN = (
    "/.git/HEAD", "/.git/config", "/.env", "/.env.production", "/.railway/railway.py", "/.DS_Store", "/site.toml",
    "/pyproject.toml", "/Dockerfile", "/compose.yaml", "/backup.sql", "/dump.sql", "/id_rsa",
)  # fmt: skip
TOOLS = (
    "/docs", "/redoc", "/swagger.json", "/openapi.json", "/schema", "/schema/openapi.json", "/metrics", "/debug",
    "/admin", "/server-status", "/actuator/env", "/phpinfo.php", "/console",
)  # fmt: skip
CLOSED = (httpx.codes.UNAUTHORIZED, httpx.codes.FORBIDDEN, httpx.codes.NOT_FOUND)
CANARY = "a-word-to-be-echoed"


class Exposure:
    def __init__(self, client: Client) -> None:
        self.client = client
        target = client.target
        self.hosts = list(dict.fromkeys((target.site_url, target.crm_url, target.api_url)))

    def checks(self) -> list[Check]:
        return [
            Check("forgotten files", "No history, settings or dump is served", self.files),
            Check("tools", "No door of a tool stands open", self.tools),
            Check("TRACE", "Nobody echoes a request with its cookies", self.traces),
        ]

    async def files(self) -> str:
        return await self._closed(FORGOTTEN, "Remove it from what is published or built into the image.")

    async def tools(self) -> str:
        return await self._closed(TOOLS, "Close it, or ask for a key there (METRICS_TOKEN for /metrics).")

    async def traces(self) -> str:
        for host in self.hosts:
            told = await self.client.ask("TRACE", f"{host}/", expect=None, headers={"x-verify": CANARY})
            if told.is_success or CANARY in told.text:
                raise Broken(f"{host} answers TRACE with {told.status_code}", "Refuse it, with 405.")
        return ", ".join(self.hosts)

    async def _closed(self, paths: tuple[str, ...], advice: str) -> str:
        urls = [host + path for host in self.hosts for path in paths]
        told = await asyncio.gather(*(self.client.get(url, expect=None) for url in urls))
        for url, answer in zip(urls, told, strict=True):
            if answer.status_code not in CLOSED:
                raise Broken(f"{url} answers {answer.status_code}", advice)
        return f"{len(paths)} addresses on {len(self.hosts)} hosts"
