"""How often one key may ask, when several processes answer: each counts for itself, or Redis for all."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import TypeVar

import httpx
import pytest
import running_system
from multi_process import MultiProcessSystem
from wait_for import wait_for
from redis_server import Redis
from running_system import CrmProcess

LIMIT = 150
Ask = Callable[[CrmProcess], Awaitable[httpx.Response]]
T = TypeVar("T")


@pytest.fixture(scope="module")
async def sharing(fleet: MultiProcessSystem, redis: Redis) -> AsyncIterator[list[CrmProcess]]:
    """Two more web processes, which count in Redis."""
    pair = [fleet.web(REDIS_URL=redis.url, API_RATE_LIMIT=str(LIMIT)) for _ in range(2)]
    async with running_system.run_processes(*pair):
        yield pair


async def test_without_redis_each_process_counts_for_itself(fleet: MultiProcessSystem):
    one, two = fleet.webs

    async def count(ask: Ask) -> tuple[int, int]:
        first, second = await _some(ask, [one] * 7), await _some(ask, [two] * 3)
        return _used(first), _used(second)

    assert await _in_one_minute(fleet, count) == (7, 3)


async def test_with_redis_the_limit_holds_for_all_processes_together(fleet: MultiProcessSystem, sharing: list[CrmProcess]):
    async def count(ask: Ask) -> tuple[int, int]:
        answers = await _some(ask, [sharing[turn % 2] for turn in range(LIMIT + 40)])
        statuses = [answer.status_code for answer in answers]
        return statuses.count(200), statuses.count(429)

    assert await _in_one_minute(fleet, count) == (LIMIT, 40)


async def test_when_redis_dies_in_the_middle_nobody_is_refused(fleet: MultiProcessSystem, sharing: list[CrmProcess], redis: Redis):
    async def die(ask: Ask) -> set[int]:
        before = asyncio.gather(*(ask(sharing[turn % 2]) for turn in range(60)))
        await asyncio.to_thread(redis.kill)
        after = await _some(ask, [sharing[turn % 2] for turn in range(LIMIT + 40)])
        await asyncio.to_thread(redis.start)
        return {answer.status_code for answer in (*await before, *after)}

    assert await _in_one_minute(fleet, die) == {200}

    async def shared(ask: Ask) -> int:
        await _some(ask, [sharing[0]] * 5)
        return _used(await _some(ask, [sharing[1]] * 4))

    async def together() -> bool:
        return await _in_one_minute(fleet, shared) == 9

    # Each connection that lies ready from before is found dead once.
    await wait_for(together, "with Redis back, all count together again")


async def test_when_redis_hangs_nobody_is_refused(fleet: MultiProcessSystem, sharing: list[CrmProcess], redis: Redis):
    _, program = await fleet.key()
    with redis.frozen():
        answers = await asyncio.gather(*(_ask(fleet, sharing[turn % 2], program) for turn in range(20)))
    assert {answer.status_code for answer in answers} == {200}


async def _in_one_minute(fleet: MultiProcessSystem, what: Callable[[Ask], Awaitable[T]]) -> T:
    """What a new key sees; once more where a minute ended meanwhile, since every minute counts anew."""
    for _ in range(3):
        _, program = await fleet.key()
        minute = int(time.time() // 60)
        found = await what(lambda web: _ask(fleet, web, program))  # noqa: B023
        if int(time.time() // 60) == minute:
            return found
    raise AssertionError("This takes longer than a minute.")


async def _ask(fleet: MultiProcessSystem, web: CrmProcess, program: dict[str, str]) -> httpx.Response:
    return await fleet.client.get(f"{web.url}/api/v1/leads?limit=1", headers=program)


async def _some(ask: Ask, whom: list[CrmProcess]) -> list[httpx.Response]:
    return await asyncio.gather(*(ask(web) for web in whom))


def _used(answers: list[httpx.Response]) -> int:
    """How many were counted, as the answers tell it."""
    return max(int(each.headers["ratelimit-limit"]) - int(each.headers["ratelimit-remaining"]) for each in answers)
