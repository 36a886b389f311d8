"""A flood of sign-ins does not keep the owner out."""

from __future__ import annotations

import asyncio
import threading

import factories
import httpx
import pytest
from conftest import environment, serving

from crm import config
from crm.accounts.auth import hashing, throttle
from crm.kernel.app_context import AppContext
from crm.kernel.errors import ServiceUnavailableError


class Gate:
    """A queue whose hashes wait until they may end, and the order in which they ran."""

    def __init__(self) -> None:
        self.queue = hashing.HashQueue()
        self.opened = threading.Event()
        self.ran: list[str] = []

    def start(self, *names: str) -> list[asyncio.Task[str]]:
        return [asyncio.create_task(self.queue.run(self._hash, name)) for name in names]

    def _hash(self, name: str | None) -> str:
        self.opened.wait(60)
        self.ran.append(name or "")
        return name or ""


async def test_the_newest_that_waits_is_next_and_the_oldest_is_refused():
    gate = Gate()
    flood = gate.start(*(f"stranger {number}" for number in range(150)))
    await asyncio.sleep(0)
    (owner,) = gate.start("owner")
    await asyncio.sleep(0)
    gate.opened.set()
    assert await owner == "owner"
    results = await asyncio.gather(*flood, return_exceptions=True)
    refused = [result for result in results if isinstance(result, ServiceUnavailableError)]
    assert len(refused) == 150 - hashing.SLOTS - hashing.MAX_WAITING + 1
    assert "owner" in gate.ran[: 2 * hashing.SLOTS]
    assert refused[0].headers["retry-after"] == "2"


async def test_a_client_that_goes_away_leaves_its_place():
    gate = Gate()
    running = gate.start("first", "second")
    await asyncio.sleep(0)
    waiting = gate.start(*(f"gone {number}" for number in range(10)), "stays")
    await asyncio.sleep(0)
    for task in waiting[:-1]:
        task.cancel()
    gate.opened.set()
    assert await waiting[-1] == "stays"
    await asyncio.gather(*running, *waiting, return_exceptions=True)
    assert sorted(gate.ran) == ["first", "second", "stays"]
    assert await gate.queue.run(gate._hash, "later") == "later"


async def test_150_sign_ins_at_once_leave_the_owner_her_turn(database_url: str, clean: AppContext):
    async with clean.db.transaction() as connection:
        await factories.create_user(connection)
    behind_proxy = config.load(environment(database_url, TRUSTED_PROXIES="1"))
    async with serving(behind_proxy) as client:

        async def sign_in(number: int) -> httpx.Response:
            form = {"email": f"nobody{number}@crm.test", "password": "a guess"}
            return await client.post("/sign-in", data=form, headers={"x-forwarded-for": f"203.0.{number}.9"})

        async def sign_in_as_owner() -> httpx.Response:
            form = {"email": "ada@crm.test", "password": factories.PASSWORD}
            return await client.post("/sign-in", data=form, headers={"x-forwarded-for": "198.51.100.7"})

        flood = [asyncio.create_task(sign_in(number)) for number in range(150)]
        owner = await sign_in_as_owner()
        if owner.status_code == 503:
            assert int(owner.headers["retry-after"]) > 0
            owner = await sign_in_as_owner()
        answers = await asyncio.gather(*flood)
        if owner.status_code == 503:
            owner = await sign_in_as_owner()
    assert {answer.status_code for answer in answers} <= {422, 503}
    assert owner.status_code == 303


async def test_a_sign_in_that_was_never_checked_is_no_failure(
    client: httpx.AsyncClient, clean: AppContext, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(hashing, "MAX_WAITING", 0)
    gate = Gate()
    monkeypatch.setattr(hashing, "_queue", gate.queue)
    busy = gate.start("first", "second")
    await asyncio.sleep(0)
    answer = await client.post("/sign-in", data={"email": "ada@crm.test", "password": "whatever it is"})
    gate.opened.set()
    await asyncio.gather(*busy)
    assert answer.status_code == 503
    assert answer.headers["retry-after"] == "2"
    assert "Try again in a few seconds." in answer.text
    assert 'value="ada@crm.test"' in answer.text
    async with clean.db.connection() as connection:
        assert await connection.fetchval("SELECT count(*) FROM sign_in_failures") == 0


async def test_the_current_password_can_be_guessed_as_slowly_as_at_sign_in(signed_in: httpx.AsyncClient):
    statuses = []
    for number in range(40):
        answer = await signed_in.post(
            "/profile/password", data={"current": f"guess {number}", "new": "seven quiet otters swim"},
            headers={"x-forwarded-for": f"203.0.113.{number}"},
        )  # fmt: skip
        statuses.append(answer.status_code)
    assert statuses == [422] * throttle.PAIR_MAX + [429] * (40 - throttle.PAIR_MAX)
    assert "Too many attempts" in answer.text
    assert answer.headers["retry-after"]
    right = {"current": factories.PASSWORD, "new": "seven quiet otters swim"}
    assert (await signed_in.post("/profile/password", data=right)).status_code == 429


async def test_a_right_password_forgives_the_wrong_ones_before_it(signed_in: httpx.AsyncClient):
    for current in ["wrong"] * 4 + [factories.PASSWORD] + ["wrong"] * 4:
        answer = await signed_in.post("/profile/password", data={"current": current, "new": "short"})
        assert answer.status_code == 422
