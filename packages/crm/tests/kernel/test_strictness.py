"""A mistake of a program is an error, where a guess would do what it did not mean."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import httpx
import pytest

Keyed = Callable[..., Awaitable[httpx.AsyncClient]]


@pytest.mark.parametrize("asked", ["created_before=", "limit=", "contact_id=", "limit=5&channel="])
async def test_an_empty_filter_is_refused_since_it_would_give_everything(keyed: Keyed, asked: str):
    program = await keyed("leads:read")
    answer = await program.get(f"/api/v1/leads?{asked}")
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == asked.rpartition("&")[2].rstrip("=")


@pytest.mark.parametrize("asked", ["created_before=2026", "created_after=0.5", "created_after=1767225600"])
async def test_a_bare_number_is_no_date(keyed: Keyed, asked: str):
    program = await keyed("leads:read")
    answer = await program.get(f"/api/v1/leads?{asked}")
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["message"].startswith("Enter a date such as")


async def test_an_empty_search_is_no_search(keyed: Keyed):
    program = await keyed("leads:read")
    assert (await program.get("/api/v1/leads?q=")).status_code == 200


@pytest.mark.parametrize("key", ["", "short", "with a space", "\tfar too blank \t"])
async def test_an_idempotency_key_that_is_none_protects_nobody_and_is_refused(keyed: Keyed, key: str):
    program = await keyed("contacts:read", "contacts:write")
    answer = await program.post("/api/v1/contacts", json={"name": "Grace"}, headers={"idempotency-key": key})
    assert answer.status_code == 400
    assert (await program.get("/api/v1/contacts")).json()["data"] == []
