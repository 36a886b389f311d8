"""How the house is asked over HTTP: with its own trust and its own ways, following no redirect by itself."""

from __future__ import annotations

import ssl
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Any

import httpx

from ops.verify.checks import Broken
from ops.verify.target import Target

PATIENCE_S = 10.0
PUBLISH = "Run `make build` and look into dist/site, then publish it with deploy-web."
LOG = "Look at the service's log."
KEY = "Give CRM_API_KEY a key that holds, with the scopes that `ops verify --help` names."


class _Led(httpx.AsyncBaseTransport):
    """Leads connections where the target says they go. Each host has connections of its own, as browsers have."""

    def __init__(self, target: Target, source: str) -> None:
        self.target = target
        self._source = source or None
        self._verify = trust(target)
        self._each: dict[str, httpx.AsyncHTTPTransport] = {}

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        url = request.url
        port = url.port or (443 if url.scheme == "https" else 80)
        host, there = self.target.reached(url.host, port)
        if (host, there) != (url.host, port):
            request.extensions = {**request.extensions, "sni_hostname": url.host}
            request.url = url.copy_with(host=host, port=there)
        transport = self._each.get(f"{url.host}:{port}")
        if transport is None:
            transport = self._each[f"{url.host}:{port}"] = httpx.AsyncHTTPTransport(
                verify=self._verify, local_address=self._source
            )
        answer = await transport.handle_async_request(request)
        request.url = url  # the answer knows its request by the address that was meant
        return answer

    async def aclose(self) -> None:
        for transport in self._each.values():
            await transport.aclose()


def trust(target: Target) -> ssl.SSLContext:
    """The machine's authorities, and the target's own."""
    context = ssl.create_default_context()
    if target.ca_file:
        context.load_verify_locations(target.ca_file)
    return context


class Client:
    """Asks over HTTP and turns silence into a broken promise. Follows no redirect, since these are promises too.

    Checks share it and go side by side, so it keeps no cookie: who signs in carries the session themselves, and nobody
    else comes in by it. `source` is the address of this machine that it asks from; any, where empty.
    """

    def __init__(self, target: Target, source: str = "") -> None:
        self.target = target
        self._http = httpx.AsyncClient(
            transport=_Led(target, source),
            timeout=PATIENCE_S,
            headers={"user-agent": "ops-verify"},
            cookies=CookieJar(DefaultCookiePolicy(allowed_domains=())),
            trust_env=False,
        )

    async def close(self) -> None:
        await self._http.aclose()

    async def ask(self, method: str, url: str, expect: int | None = 200, **how: Any) -> httpx.Response:
        """Raises `Broken` when nobody answers, or with another status than expected."""
        try:
            answer = await self._http.request(method, url, **how)
        except httpx.HTTPError as fault:
            raise Broken(f"{url} does not answer ({_why(fault)})", self.target.start) from fault
        if expect is not None and answer.status_code != expect:
            said = f"{method} {url} answers {answer.status_code}, not {expect}{_reason(answer)}"
            raise Broken(said, self._advice(url, answer))
        return answer

    def _advice(self, url: str, answer: httpx.Response) -> str:
        if "authorization" in answer.request.headers and answer.status_code in (401, 403):
            return KEY
        return PUBLISH if url.startswith((self.target.site_url, self.target.blog_url)) else LOG

    async def get(self, url: str, expect: int | None = 200, **how: Any) -> httpx.Response:
        return await self.ask("GET", url, expect, **how)


def _why(fault: httpx.HTTPError) -> str:
    words = str(fault)
    return f"{type(fault).__name__}: {words}" if words and "certificate" in words else type(fault).__name__


def _reason(answer: httpx.Response) -> str:
    """The words of a problem (RFC 9457), where the answer has some."""
    if "json" not in answer.headers.get("content-type", ""):
        return ""
    body = answer.json()
    told = body.get("detail") or body.get("title") if isinstance(body, dict) else None
    return f": {told}" if told else ""
