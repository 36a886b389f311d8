"""Guessing is slow, and nobody can lock the owner out."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import factories
import httpx
import pytest
from conftest import environment, serving

from crm import config
from crm.accounts import auth
from crm.accounts.auth import jobs, throttle
from crm.kernel import clock
from crm.kernel.app_context import AppContext
from crm.kernel.errors import RateLimitedError

ACCOUNT, ADDRESS, ELSEWHERE = b"account" * 4, b"address" * 4, b"elsewhere" * 4


async def fail(context: AppContext, times: int, account: bytes = ACCOUNT, address: bytes = ADDRESS) -> None:
    for _ in range(times):
        async with context.db.transaction() as connection:
            await throttle.count_attempt(connection, account, address)


async def test_after_five_failures_the_pair_waits_and_then_may_try_again(clean: AppContext) -> None:
    start = clock.now()
    with clock.at(start):
        await fail(clean, 5)
        with pytest.raises(RateLimitedError) as refused:
            await fail(clean, 1)
        assert refused.value.headers["retry-after"] == "60"
    with clock.at(start + timedelta(seconds=61)):
        await fail(clean, 1)
        with pytest.raises(RateLimitedError, match="2 minutes"):
            await fail(clean, 1)


def test_the_wait_doubles_up_to_a_quarter_of_an_hour() -> None:
    assert [throttle.wait_after(failures) // timedelta(minutes=1) for failures in range(5, 12)] == [
        1,
        2,
        4,
        8,
        15,
        15,
        15,
    ]


async def test_a_refused_try_does_not_make_the_wait_longer(clean: AppContext) -> None:
    start = clock.now()
    with clock.at(start):
        await fail(clean, 5)
    for seconds in range(10, 60, 10):
        with clock.at(start + timedelta(seconds=seconds)), pytest.raises(RateLimitedError):
            await fail(clean, 1)
    with clock.at(start + timedelta(seconds=61)):
        await fail(clean, 1)


async def test_other_accounts_and_other_addresses_do_not_wait(clean: AppContext) -> None:
    await fail(clean, 5)
    await fail(clean, 1, account=b"another" * 4)
    await fail(clean, 1, address=ELSEWHERE)


async def test_an_address_that_tries_many_accounts_waits_as_a_whole(clean: AppContext) -> None:
    for number in range(throttle.CLIENT_MAX):
        await fail(clean, 1, account=number.to_bytes(32, "big"))
    with pytest.raises(RateLimitedError):
        await fail(clean, 1, account=b"one more" * 4)
    await fail(clean, 1, address=ELSEWHERE)


async def test_a_hundred_tries_at_once_are_no_more_than_five(clean: AppContext) -> None:
    tries = await asyncio.gather(*(fail(clean, 1) for _ in range(30)), return_exceptions=True)
    assert sum(outcome is None for outcome in tries) == throttle.PAIR_MAX
    assert all(isinstance(outcome, RateLimitedError) for outcome in tries if outcome is not None)


async def test_the_right_password_from_elsewhere_opens_whatever_others_tried(
    database_url: str, clean: AppContext
) -> None:
    async with clean.db.transaction() as connection:
        await factories.create_user(connection)
    behind_proxy = config.load(environment(database_url, TRUSTED_PROXIES="1"))
    form = {"email": "ada@crm.test", "password": "a guess at her password"}
    async with serving(behind_proxy) as client:
        for _ in range(6):
            stranger = await client.post("/sign-in", data=form, headers={"x-forwarded-for": "203.0.113.9"})
        assert stranger.status_code == 429
        assert "Too many attempts" in stranger.text
        right = {**form, "password": factories.PASSWORD}
        waiting = await client.post("/sign-in", data=right, headers={"x-forwarded-for": "203.0.113.9"})
        assert waiting.status_code == 429
        # What stands left of the last hop was written by the caller, so it cannot borrow another's address.
        disguised = await client.post("/sign-in", data=right, headers={"x-forwarded-for": "198.51.100.1, 203.0.113.9"})
        assert disguised.status_code == 429
        owner = await client.post("/sign-in", data=right, headers={"x-forwarded-for": "198.51.100.7"})
        assert owner.status_code == 303


async def test_signing_in_forgives_the_slips_before_it(client: httpx.AsyncClient, clean: AppContext) -> None:
    async with clean.db.transaction() as connection:
        await factories.create_user(connection)
    for password in (
        ["a slip of the finger"] * 4 + [factories.PASSWORD] + ["a slip of the finger"] * 4 + [factories.PASSWORD]
    ):
        answer = await client.post("/sign-in", data={"email": "ada@crm.test", "password": password})
    assert answer.status_code == 303


async def test_old_failures_and_ended_sessions_are_tidied_away(clean: AppContext) -> None:
    start = clock.now()
    with clock.at(start - timedelta(days=40)):
        await fail(clean, 2)
        async with clean.db.transaction() as connection:
            ada = await factories.create_user(connection)
            await auth.sessions.start_session(connection, clean, ada, "An old phone")
    await fail(clean, 1)
    async with clean.db.transaction() as connection:
        await auth.sessions.start_session(connection, clean, ada, "A new phone")
    await jobs.tidy_sign_ins(clean, {})
    async with clean.db.connection() as connection:
        assert await connection.fetchval("SELECT count(*) FROM sign_in_failures") == 1
        assert [row["device"] for row in await connection.fetch("SELECT device FROM sessions")] == ["A new phone"]
