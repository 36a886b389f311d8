"""Checks of the CRM service as strangers meet it: its health, whom it lets in, and what its answers forbid."""

from __future__ import annotations

from ops.verify.checks import Broken, Check
from ops.verify.client import Client

EVERYWHERE = {
    "content-security-policy": "frame-ancestors 'none'",
    "x-content-type-options": "nosniff",
    "referrer-policy": "",
}
PAGES = {**EVERYWHERE, "x-frame-options": "DENY", "cross-origin-opener-policy": "same-origin"}


class Service:
    def __init__(self, client: Client) -> None:
        self.client = client
        self.url = client.target.crm_url

    def at_home(self) -> Check:
        return Check("service", "Somebody answers where the CRM should be", self.answers)

    def checks(self) -> list[Check]:
        return [
            Check("health", "The service says that it is well", self.health),
            Check("database", "Database, schema and worker are in order", self.database),
            Check("headers", "Answers cannot be framed, sniffed or scripted", self.headers),
            Check("API description", "The API describes itself", self.described),
            Check("closed doors", "Without a key or a session nobody gets in", self.closed),
        ]

    async def answers(self) -> str:
        await self.client.get(f"{self.url}/api/v1/live")
        return self.url

    async def health(self) -> str:
        answer = await self.client.get(f"{self.url}/api/v1/health", expect=None)
        if answer.status_code != 200:
            raise Broken(f"health answers {answer.status_code}: {answer.text[:200]}", "Look at the service's log.")
        told = answer.json()
        return f"version {told['version']}, commit {told['commit'][:7] or 'unknown'}"

    async def database(self) -> str:
        told = (await self.client.get(f"{self.url}/api/v1/health", expect=None)).json()
        for part in ("database", "migrations", "worker"):
            if told[part]["state"] != "ok":
                detail = told[part].get("detail", "")
                raise Broken(f"{part} is {told[part]['state']}. {detail}".strip(), "Look at the service's log.")
        return "database, migrations and worker ok"

    async def headers(self) -> str:
        for path, wanted in (("/sign-in", PAGES), ("/api/v1/live", EVERYWHERE)):
            answer = await self.client.get(self.url + path)
            for name, value in wanted.items():
                if value not in answer.headers.get(name, "") or not answer.headers.get(name):
                    raise Broken(f"{path} sends no {name} with {value or 'a value'}", "Look at kernel/http/headers.py.")
            if "unsafe-inline" in answer.headers["content-security-policy"]:
                raise Broken(f"{path} allows inline code", "Look at kernel/http/headers.py.")
        return ", ".join(PAGES)

    async def described(self) -> str:
        told = (await self.client.get(f"{self.url}/api/v1/openapi.json")).json()
        await self.client.get(f"{self.url}/api/docs")
        return f"OpenAPI {told['openapi']}, {len(told['paths'])} paths"

    async def closed(self) -> str:
        for path in ("leads", "contacts", "companies", "webhooks", "me"):
            await self.client.get(f"{self.url}/api/v1/{path}", expect=401)
        page = await self.client.get(f"{self.url}/leads", expect=303)
        if "/sign-in" not in page.headers["location"]:
            raise Broken(f"/leads leads strangers to {page.headers['location']}")
        return "401 for programs, sign-in for people"
