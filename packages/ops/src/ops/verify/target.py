"""Where the house to be verified stands, and how it is asked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import httpx

from ops.dev import running
from ops.verify.checks import Broken

PATIENCE_S = 10.0


class Target(NamedTuple):
    """Addresses without a final slash. `start` is what to do when nothing answers."""

    name: str
    site_url: str
    blog_url: str
    crm_url: str
    start: str


def local(environ: Mapping[str, str]) -> Target:
    """The house that `make run` brought up: ports from the variables, else as it noted them, else the usual ones."""
    noted = running.noted(environ)
    site_port = environ.get("SITE_PORT") or noted.get("site_port", "8080")
    crm_port = environ.get("CRM_PORT") or noted.get("crm_port", "8000")
    site_url = f"http://localhost:{site_port}"
    return Target(
        "local", site_url, f"{site_url}/blog", f"http://localhost:{crm_port}", "Start the house with `make run`."
    )


class Client:
    """Asks over HTTP and turns silence into a broken promise. Follows no redirect, since these are promises too."""

    def __init__(self, target: Target) -> None:
        self.target = target
        self._http = httpx.AsyncClient(timeout=PATIENCE_S, headers={"user-agent": "ops-verify"})

    async def close(self) -> None:
        await self._http.aclose()

    async def ask(self, method: str, url: str, expect: int | None = 200, **how: Any) -> httpx.Response:
        """Raises `Broken` when nobody answers, or with another status than expected."""
        try:
            answer = await self._http.request(method, url, **how)
        except httpx.HTTPError as fault:
            raise Broken(f"{url} does not answer ({type(fault).__name__})", self.target.start) from fault
        if expect is not None and answer.status_code != expect:
            raise Broken(f"{method} {url} answers {answer.status_code}, not {expect}{_reason(answer)}")
        return answer

    async def get(self, url: str, expect: int | None = 200, **how: Any) -> httpx.Response:
        return await self.ask("GET", url, expect, **how)


def _reason(answer: httpx.Response) -> str:
    """The words of a problem (RFC 9457), where the answer has some."""
    if "json" not in answer.headers.get("content-type", ""):
        return ""
    body = answer.json()
    told = body.get("detail") or body.get("title") if isinstance(body, dict) else None
    return f": {told}" if told else ""
