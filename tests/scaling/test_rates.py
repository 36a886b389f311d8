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
from redis_server import Redis
from running_system import CrmProcess
from wait_for import wait_for

LIMIT = 150
Ask = Callable[[CrmProcess], Awaitable[httpx.Response]]
T = TypeVar("T")


@pytest.fixture(scope="module")
async def sharing(system: MultiProcessSystem, redis: Redis) -> AsyncIterator[list[CrmProcess]]:
    """Two more web processes, which count in Redis."""
    pair = [system.web(REDIS_URL=redis.url, API_RATE_LIMIT=str(LIMIT)) for _ in range(2)]
    async with running_system.run_processes(*pair):
        yield pair


async def test_without_redis_each_process_counts_for_itself(system: MultiProcessSystem):
    one, two = system.webs

    async def count(ask: Ask) -> tuple[int, int]:
        first, second = await _ask_all(ask, [one] * 7), await _ask_all(ask, [two] * 3)
        return _count_used(first), _count_used(second)

    assert await _in_one_minute(system, count) == (7, 3)


async def test_with_redis_the_limit_holds_for_all_processes_together(
    system: MultiProcessSystem, sharing: list[CrmProcess]
):
    async def count(ask: Ask) -> tuple[int, int]:
        answers = await _ask_all(ask, [sharing[turn % 2] for turn in range(LIMIT + 40)])
        statuses = [answer.status_code for answer in answers]
        return statuses.count(200), statuses.count(429)

    assert await _in_one_minute(system, count) == (LIMIT, 40)


async def test_when_redis_dies_in_the_middle_nobody_is_refused(
    system: MultiProcessSystem, sharing: list[CrmProcess], redis: Redis
):
    async def die(ask: Ask) -> set[int]:
        before = asyncio.gather(*(ask(sharing[turn % 2]) for turn in range(60)))
        await asyncio.to_thread(redis.kill)
        after = await _ask_all(ask, [sharing[turn % 2] for turn in range(LIMIT + 40)])
        await asyncio.to_thread(redis.start)
        return {answer.status_code for answer in (*await before, *after)}

    assert await _in_one_minute(system, die) == {200}

    async def count_shared(ask: Ask) -> int:
        await _ask_all(ask, [sharing[0]] * 5)
        return _count_used(await _ask_all(ask, [sharing[1]] * 4))

    async def is_shared() -> bool:
        return await _in_one_minute(system, count_shared) == 9

    # Each connection that lies ready from before is found dead once.
    await wait_for(is_shared, "with Redis back, all count together again")


async def test_when_redis_hangs_nobody_is_refused(system: MultiProcessSystem, sharing: list[CrmProcess], redis: Redis):
    _, program = await system.create_key()
    with redis.frozen():
        answers = await asyncio.gather(*(_ask(system, sharing[turn % 2], program) for turn in range(20)))
    assert {answer.status_code for answer in answers} == {200}


async def _in_one_minute(system: MultiProcessSystem, what: Callable[[Ask], Awaitable[T]]) -> T:
    """What a new key sees; once more where a minute ended meanwhile, since every minute counts anew."""
    for _ in range(3):
        _, program = await system.create_key()
        minute = int(time.time() // 60)
        found = await what(lambda web: _ask(system, web, program))  # noqa: B023
        if int(time.time() // 60) == minute:
            return found
    raise AssertionError("This takes longer than a minute.")


async def _ask(system: MultiProcessSystem, web: CrmProcess, program: dict[str, str]) -> httpx.Response:
    return await system.client.get(f"{web.url}/api/v1/leads?limit=1", headers=program)


async def _ask_all(ask: Ask, whom: list[CrmProcess]) -> list[httpx.Response]:
    return await asyncio.gather(*(ask(web) for web in whom))


def _count_used(answers: list[httpx.Response]) -> int:
    """How many were counted, as the answers tell it."""
    return max(int(each.headers["ratelimit-limit"]) - int(each.headers["ratelimit-remaining"]) for each in answers)
