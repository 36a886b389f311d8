"""Which sites' pages may send enquiries: ours and no other, however its name is dressed up."""

from __future__ import annotations

from urllib.parse import urlsplit

import httpx

from ops.verify.checks import Broken, Check
from ops.verify.client import Client

ALLOW = "access-control-allow-origin"
CREDENTIALS = "access-control-allow-credentials"


def strangers(site_url: str) -> list[str]:
    """Origins that are not `site_url`, each of which a known kind of careless comparison takes for it."""
    parts = urlsplit(site_url)
    host, port = parts.hostname or "", f":{parts.port}" if parts.port else ""
    other = "http" if parts.scheme == "https" else "https"
    found = [
        "https://evil.example",
        "null",  # sandboxed frames and files
        f"{other}://{host}{port}",
        f"{site_url}.evil.example",  # compared by its beginning
        f"{parts.scheme}://evil-{host}{port}",  # compared by its end
        f"{parts.scheme}://evil.{host}{port}",
        f"{parts.scheme}://{host}:{8443 if parts.port != 8443 else 8444}",
    ]
    if "." in host:
        found.append(f"{parts.scheme}://{host.replace('.', 'x', 1)}{port}")  # the dot of a regular expression
    return found


class Cors:
    def __init__(self, client: Client) -> None:
        self.client = client
        self.site = client.target.site_url
        self.form = f"{client.target.api_url}/api/leads"
        self.list = f"{client.target.api_url}/api/v1/leads"
        self.advice = f"Set CORS_ORIGIN of the service to {self.site} and nothing else."

    def checks(self) -> list[Check]:
        return [
            Check("CORS allowed", "The public site may send enquiries and read the answers", self.allowed),
            Check("CORS refused", "No other site may, whatever it calls itself", self.refused),
            Check("CORS elsewhere", "No site at all may read records", self.elsewhere),
        ]

    async def allowed(self) -> str:
        told = await self._preflight(self.site)
        if told.headers.get(ALLOW) != self.site:
            raise Broken(f"{self.site} is refused ({told.status_code})", self.advice)
        for header, wanted in (("methods", "post"), ("headers", "content-type"), ("headers", "idempotency-key")):
            if wanted not in told.headers.get(f"access-control-allow-{header}", "").lower():
                raise Broken(f"The preflight allows no {wanted}", "Look at kernel/http/origin.py of the CRM.")
        # An empty enquiry is refused for its fields, so nothing comes of it.
        sent = await self._send(self.site, expect=422)
        if sent.headers.get(ALLOW) != self.site:
            raise Broken("The answer to the form cannot be read by the page", "Look at kernel/http/origin.py.")
        if "origin" not in sent.headers.get("vary", "").lower():
            raise Broken("The answer does not vary by origin, so a cache may give it to others", "Send Vary: Origin.")
        return self.site

    async def refused(self) -> str:
        asked = strangers(self.site)
        for origin in asked:
            for told, what in ((await self._preflight(origin), "preflight"), (await self._send(origin), "enquiry")):
                if ALLOW in told.headers or CREDENTIALS in told.headers:
                    raise Broken(f"The {what} of {origin} is allowed", self.advice)
                if told.status_code != httpx.codes.FORBIDDEN:
                    raise Broken(f"The {what} of {origin} is answered {told.status_code}, not 403", self.advice)
        return f"{len(asked)} origins, such as {asked[0]}, {asked[1]} and {asked[3]}"

    async def elsewhere(self) -> str:
        for origin in (self.site, "https://evil.example"):
            told = await self.client.get(self.list, expect=None, headers={"origin": origin})
            if ALLOW in told.headers or CREDENTIALS in told.headers:
                raise Broken(f"Pages of {origin} may read {self.list}", "Only the form is for other sites.")
        return "records are read with keys, by programs"

    async def _preflight(self, origin: str) -> httpx.Response:
        asked = {
            "origin": origin,
            "access-control-request-method": "POST",
            "access-control-request-headers": "content-type,idempotency-key",
        }
        return await self.client.ask("OPTIONS", self.form, expect=None, headers=asked)

    async def _send(self, origin: str, expect: int | None = None) -> httpx.Response:
        headers = {"origin": origin, "accept": "application/json"}
        return await self.client.ask("POST", self.form, expect, json={}, headers=headers)
