"""A key opens exactly what it should, for as long as it should."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta

import factories
import httpx
import pytest
from conftest import environment, serving

from crm import config
from crm.accounts import api_keys
from crm.accounts.api_keys import key_cache
from crm.kernel import clock
from crm.kernel.actor import SYSTEM
from crm.kernel.app_context import AppContext
from crm.kernel.db import Connection
from crm.kernel.errors import ValidationError

Keyed = Callable[..., Awaitable[httpx.AsyncClient]]
ME = "/api/v1/me"


def bearer(secret: str) -> dict[str, str]:
    return {"authorization": f"Bearer {secret}"}


@pytest.mark.parametrize(
    "sent",
    [
        {}, {"authorization": ""}, {"authorization": "Bearer"}, {"authorization": "Basic b2N0Xzp4"},
        {"authorization": "Bearer sk-not-one-of-ours"}, {"authorization": "Bearer oct_unknown"},
        {"authorization": "Bearer oct_" + "x" * 5000}, {"authorization": "Bearer oct_h\u00e9"},
    ],
)  # fmt: skip
async def test_without_a_key_that_holds_the_answer_says_how_to_bring_one(
    client: httpx.AsyncClient, sent: dict[str, str]
) -> None:
    raw = {name: value.encode("latin-1") for name, value in sent.items()}
    answer = await client.get(ME, headers=raw)
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"].startswith("Bearer")
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["request_id"] == answer.headers["x-request-id"]


async def test_a_session_is_no_key(signed_in: httpx.AsyncClient) -> None:
    assert (await signed_in.get(ME)).status_code == 401


async def test_a_key_without_scopes_may_only_ask_who_it_is(keyed: Keyed) -> None:
    program = await keyed()
    assert (await program.get(ME)).json()["scopes"] == []
    for room in ("leads", "contacts", "companies", "activities", "webhooks"):
        answer = await program.get(f"/api/v1/{room}")
        assert answer.status_code == 403, room
        assert f"{room}:read" in answer.json()["detail"]


async def test_reading_is_not_writing(keyed: Keyed) -> None:
    program = await keyed("leads:read")
    assert (await program.get("/api/v1/leads")).status_code == 200
    refused = await program.post("/api/v1/leads", json={"name": "Grace"})
    assert refused.status_code == 403
    assert "leads:write" in refused.json()["detail"]


async def test_success_and_refusal_both_tell_the_rate(keyed: Keyed) -> None:
    program = await keyed()
    first = await program.get(ME)
    refused = await program.get("/api/v1/leads")
    assert refused.status_code == 403
    assert int(refused.headers["ratelimit-remaining"]) <= int(first.headers["ratelimit-remaining"])
    for answer in (first, refused):
        assert answer.headers["ratelimit-limit"] == "1000000"
        assert 1 <= int(answer.headers["ratelimit-reset"]) <= 60


async def test_beyond_its_rate_a_key_waits_and_another_does_not(database_url: str, clean: AppContext) -> None:
    async with clean.db.transaction() as connection:
        _, busy = await factories.create_api_key(connection)
        _, calm = await factories.create_api_key(connection)
    async with serving(config.load(environment(database_url, API_RATE_LIMIT="3"))) as client:
        # The window may turn once while we ask, so more than twice the rate is asked for.
        answers = [await client.get(ME, headers=bearer(busy)) for _ in range(8)]
        refused = next(answer for answer in answers if answer.status_code == 429)
        assert refused.headers["ratelimit-remaining"] == "0"
        assert refused.headers["retry-after"] == refused.headers["ratelimit-reset"]
        assert refused.headers["ratelimit-limit"] == "3"
        assert (await client.get(ME, headers=bearer(calm))).status_code == 200


async def test_a_key_revoked_here_is_refused_at_once(signed_in: httpx.AsyncClient, clean: AppContext) -> None:
    async with clean.db.transaction() as connection:
        key, secret = await factories.create_api_key(connection, name="Nightly report")
    assert (await signed_in.get(ME, headers=bearer(secret))).status_code == 200
    await signed_in.post(f"/settings/keys/{key.id}/revoke", data={"name": "Nightly report"})
    refused = await signed_in.get(ME, headers=bearer(secret))
    assert refused.status_code == 401
    assert "revoked" in refused.json()["detail"]


async def test_a_key_revoked_by_another_process_works_two_seconds_at_most(
    client: httpx.AsyncClient, clean: AppContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    moment = 1000.0
    monkeypatch.setattr(key_cache, "monotonic", lambda: moment)
    async with clean.db.transaction() as connection:
        key, secret = await factories.create_api_key(connection)
    assert (await client.get(ME, headers=bearer(secret))).status_code == 200
    async with clean.db.transaction() as connection:
        await api_keys.actions.revoke(connection, key)
    moment += 2.0
    assert (await client.get(ME, headers=bearer(secret))).status_code == 401


async def test_a_key_ends_when_it_said_even_while_it_is_remembered(
    client: httpx.AsyncClient, clean: AppContext
) -> None:
    start = clock.now()
    async with clean.db.transaction() as connection:
        _, secret = await factories.create_api_key(connection, expires_at=start + timedelta(days=90))
    assert (await client.get(ME, headers=bearer(secret))).status_code == 200
    with clock.at(start + timedelta(days=90)):
        refused = await client.get(ME, headers=bearer(secret))
    assert refused.status_code == 401
    assert "expired" in refused.json()["detail"]


async def test_its_last_use_is_noted_and_not_more_than_once_a_minute(
    client: httpx.AsyncClient, clean: AppContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(key_cache, "KEEP_S", 0.0)
    start = clock.now()
    async with clean.db.transaction() as connection:
        key, secret = await factories.create_api_key(connection)

    async def used_after(seconds: int) -> timedelta:
        with clock.at(start + timedelta(seconds=seconds)):
            await client.get(ME, headers=bearer(secret))
        async with clean.db.connection() as connection:
            noted = (await api_keys.actions.get(connection, key.id)).last_used_at
        assert noted is not None
        return noted - start

    assert await used_after(1) == timedelta(seconds=1)
    assert await used_after(59) == timedelta(seconds=1)
    assert await used_after(61) == timedelta(seconds=61)


async def test_a_remembered_key_costs_no_query(clean: AppContext) -> None:
    async with clean.db.transaction() as connection:
        _, secret = await factories.create_api_key(connection)
    keys = key_cache.KeyCache()
    hashed = api_keys.actions.secret_hash(secret)
    first = await keys.find(clean.db, hashed)
    async with clean.db.transaction() as connection:
        await connection.execute("UPDATE api_keys SET name = 'Renamed'")
    assert await keys.find(clean.db, hashed) is first


async def test_only_a_digest_of_the_key_is_stored(conn: Connection) -> None:
    key, secret = await factories.create_api_key(conn, "leads:read")
    row = await conn.fetchrow("SELECT * FROM api_keys WHERE id = $1", key.id)
    assert len(row["token_hash"]) == 32
    assert secret.encode() not in row["token_hash"]
    assert key.hint == f"oct_…{secret[-4:]}"
    assert all(secret not in str(value) for value in row.values())


async def test_a_key_is_made_with_known_scopes_a_name_and_an_end_to_come(conn: Connection) -> None:
    with pytest.raises(ValidationError) as error:
        await api_keys.create(conn, name=" ", scopes=["leads:fly"], by=SYSTEM, expires_at=clock.now())
    assert [field_error.field for field_error in error.value.errors] == ["name", "scopes", "expires_at"]
    assert "leads:fly" in error.value.errors[1].message


def test_a_route_cannot_ask_for_a_scope_there_is_none_of() -> None:
    with pytest.raises(ValueError, match="leads:fly"):
        api_keys.scope("leads:fly")
