"""The API key of a walk: the one that was given, or one made on this machine and taken back afterwards."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import httpx

from ops.verify.checks import Broken, Skipped
from ops.verify.client import Client
from ops.verify.program import crm
from ops.verify.target import Target

SCOPES = ("leads:read", "contacts:read", "companies:read", "operations:read", "operations:write")
"""Enough for every check, away from this machine."""
AT_HOME = ("leads:write", "contacts:write", "companies:write", "webhooks:read", "webhooks:write")
"""More for the ordinary enquiries that only a laptop is sent."""
VARIABLE = "CRM_API_KEY"


class Key:
    """Asked for by several lanes at once and made once. On this machine the key of another house is never used."""

    def __init__(self, target: Target, environ: Mapping[str, str]) -> None:
        self.name = "verify-" + "".join(secrets.choice("aeioubdgklmnprst") for _ in range(8))
        self._local = target.local
        self._given = "" if target.local else environ.get(VARIABLE, "").strip()
        self._making: asyncio.Task[str] | None = None

    async def value(self) -> str:
        """Raises `Skipped` where there is none, `Broken` where none can be made."""
        if self._given:
            return self._given
        if not self._local:
            raise Skipped(
                f"{VARIABLE} is not set. Make a key under Settings, API keys, with the scopes {', '.join(SCOPES)}."
            )
        if self._making is None:
            self._making = asyncio.create_task(self._make())
        return await self._making

    async def headers(self) -> dict[str, str]:
        return {"authorization": f"Bearer {await self.value()}"}

    async def take_back(self) -> None:
        """Revokes the key, where it was made here. Raises `Broken`."""
        if self._making is not None and not self._making.cancelled() and self._making.exception() is None:
            await crm("apikey", "revoke", "--name", self.name)

    async def _make(self) -> str:
        made = await crm(
            "apikey", "create", "--name", self.name, "--scopes", ",".join((*SCOPES, *AT_HOME)), "--days", "1"
        )
        if not made.startswith("oct_") or "\n" in made:
            raise Broken("`crm apikey create` prints more, or other, than the key alone")
        return made


class Program:
    """Asks the API as a program does that holds the key, and changes whatever version there is."""

    def __init__(self, client: Client, key: Key) -> None:
        self.client, self.key = client, key
        self.url = f"{client.target.api_url}/api/v1"

    async def ask(self, method: str, path: str, expect: int | None = 200, **how: Any) -> httpx.Response:
        """Raises as `Client.ask` and `Key.value` do."""
        headers = {**await self.key.headers(), "if-match": "*"}
        return await self.client.ask(method, f"{self.url}{path}", expect, headers=headers, **how)


@asynccontextmanager
async def lent(target: Target, environ: Mapping[str, str]) -> AsyncIterator[Key]:
    """A key for the length of a block. Raises `Broken` when it cannot be revoked after it."""
    key = Key(target, environ)
    try:
        yield key
    finally:
        await key.take_back()
