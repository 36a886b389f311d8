"""What a program learns of its own key."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import httpx

Keyed = Callable[..., Awaitable[httpx.AsyncClient]]


async def test_a_key_tells_its_name_scopes_and_rate(keyed: Keyed) -> None:
    program = await keyed("leads:read", "contacts:write")
    answer = await program.get("/api/v1/me")
    assert answer.status_code == 200
    assert answer.json()["name"] == "A program"
    assert answer.json()["scopes"] == ["leads:read", "contacts:write"]
    assert answer.json()["rate_limit"] == int(answer.headers["ratelimit-limit"])
