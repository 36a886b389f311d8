"""Rates: what is told of them with every answer, and that they hold."""

from __future__ import annotations

import ipaddress
import random
import secrets

import httpx

from ops.verify.access import Key
from ops.verify.checks import Broken, Check, Skipped
from ops.verify.client import Client
from ops.verify.target import Target

FIELDS = ("ratelimit-limit", "ratelimit-remaining", "ratelimit-reset")
MOST_TRIES = 12
"""Wrong passwords after which somebody must have been told to wait."""


def may_be_pushed(target: Target) -> bool:
    """Is it a house of this machine alone? Only such a one is asked until it refuses; never what visitors use."""
    return target.local or (bool(target.connect) and all(_is_loopback(there) for there in target.connect.values()))


def _is_loopback(there: str) -> bool:
    try:
        return ipaddress.ip_address(there.rpartition(":")[0].strip("[]")).is_loopback
    except ValueError:
        return False


class Limits:
    def __init__(self, client: Client, key: Key) -> None:
        self.client = client
        self.key = key

    def checks(self) -> list[Check]:
        return [
            Check("rate told", "Every answer to a key says how often it may still ask", self.told),
            Check("rate kept", f"Whoever tries passwords is made to wait within {MOST_TRIES} tries", self.kept),
        ]

    async def told(self) -> str:
        url, headers = f"{self.client.target.api_url}/api/v1/me", await self.key.headers()
        first, second = [self._numbers(await self.client.get(url, headers=headers)) for _ in range(2)]
        same_window = second["ratelimit-reset"] <= first["ratelimit-reset"]
        if same_window and second["ratelimit-remaining"] >= first["ratelimit-remaining"]:
            raise Broken("Asking costs nothing: ratelimit-remaining does not go down", "Is REDIS_URL reachable?")
        return f"{second['ratelimit-limit']} a minute, {second['ratelimit-remaining']} left"

    async def kept(self) -> str:
        if not may_be_pushed(self.client.target):
            raise Skipped("The live service is not asked until it refuses; the tests do that with one of their own.")
        # Of an address of its own, so that nobody else of this machine has to wait for it.
        caller = Client(self.client.target, source=f"127.{random.randint(1, 254)}.{random.randint(1, 254)}.7")  # noqa: S311 any will do
        try:
            return await self._tried(caller)
        finally:
            await caller.close()

    async def _tried(self, caller: Client) -> str:
        url = self.client.target.crm_url
        form = {"email": f"{secrets.token_hex(6)}@nobody.example", "password": secrets.token_hex(8), "next": "/"}
        for count in range(1, MOST_TRIES + 1):
            answer = await caller.ask("POST", f"{url}/sign-in", expect=None, data=form, headers={"origin": url})
            if answer.status_code == httpx.codes.TOO_MANY_REQUESTS:
                wait = answer.headers.get("retry-after", "")
                if not wait.isdecimal() or int(wait) < 1:
                    raise Broken("429 does not say in Retry-After how long to wait", "Look at kernel/errors.py.")
                return f"429 at try {count}, for {wait} s"
        raise Broken(f"{MOST_TRIES} wrong passwords in a row are all judged", "Look at auth/throttle.py of the CRM.")

    @staticmethod
    def _numbers(answer: httpx.Response) -> dict[str, int]:
        found = {name: answer.headers.get(name, "") for name in FIELDS}
        lacking = [name for name, value in found.items() if not value.isdecimal()]
        if lacking:
            raise Broken(f"The answer has no number in {lacking[0]}", "Look at kernel/http/limits.py of the CRM.")
        return {name: int(value) for name, value in found.items()}
